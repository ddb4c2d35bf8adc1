"""A packed state <-> a short sealed token that may travel through other people's hands.

Sealed with AES-256-GCM: nobody can read it, change it, or make one. It is bound to where it was
given out (`bond`: the channel, and whatever names the two ends there), which is checked and
never stored in it, and it dies of itself. Whatever is wrong with a token, the answer is the
same None, and the person sees the neutral hello.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error, a2b_base64
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION: Final = 1
KEY_BYTES: Final = 32
IDLE_SECONDS: Final = 15 * 60  # a phone put down for a quarter of an hour begins anew
_NONCE, _TIME, _TAG = 12, 5, 16
_HEAD: Final = bytes([VERSION])
_LONGEST: Final = 200  # letters; a longer token is not ours


class Seal:
    """Seals and opens with one key. Has no repr to leak it from."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes | None = None) -> None:
        """`key` of KEY_BYTES bytes; None: born now, and gone with the process."""
        self._cipher = AESGCM(key if key is not None else os.urandom(KEY_BYTES))

    def close(self, packed: bytes, bond: bytes, now: float) -> str:
        """A token for `packed`, good for IDLE_SECONDS from `now` (seconds of any steady clock)."""
        nonce = os.urandom(_NONCE)
        until = int(now + IDLE_SECONDS).to_bytes(_TIME)
        box = self._cipher.encrypt(nonce, until + packed, _HEAD + bond)
        return urlsafe_b64encode(_HEAD + nonce + box).rstrip(b"=").decode()

    def open(self, token: str, bond: bytes, now: float) -> bytes | None:
        """What was sealed, or None: not ours, changed, cut, of another bond, or too old."""
        if not 0 < len(token) <= _LONGEST:
            return None
        try:
            raw = a2b_base64(token.replace("-", "+").replace("_", "/") + "=" * (-len(token) % 4))
            if raw[0] != VERSION or len(raw) < 1 + _NONCE + _TIME + _TAG:
                return None
            nonce, box = raw[1 : 1 + _NONCE], raw[1 + _NONCE :]
            plain = self._cipher.decrypt(nonce, box, raw[:1] + bond)
        except (ValueError, InvalidTag, IndexError):  # no base64, or not ours
            return None
        return plain[_TIME:] if now <= int.from_bytes(plain[:_TIME]) else None


def key_from(text: str) -> bytes:
    """A key as an operator sets it: 32 bytes in URL-safe base64. ValueError: it is not."""
    try:
        key = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"must be {KEY_BYTES} random bytes in base64")
    return key
