"""Canaries: what a person is, in every shape in which it could leak, and looking for it.

A canary is one person's phone, Telegram id, name, address, town, ZIP and words. After a run every
byte that the process wrote is searched for each of them raw, cased, reversed, encoded and
hashed. What is searched is kept as bytes; what is looked for is one regular set of needles.
"""

from __future__ import annotations

import hashlib
import json
import random
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

SHORTEST = 6  # bytes: a shorter needle would be found by chance
LEAKS = (  # what canary_server.py can plant
    "access log", "print of a body", "traceback", "hash of a phone in a database",
    "write-ahead log", "spooled file", "telegram at DEBUG", "httpx at INFO",
)  # fmt: skip
HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b", "blake2s")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody made up. Numbers are of the range that nobody has."""

    phone: str
    telegram: int
    name: str
    address: str
    city: str
    zip: str
    words: str

    def secrets(self) -> Iterator[str]:
        """Everything that must be found nowhere."""
        yield from (self.phone, str(self.telegram), self.name, self.address, self.city, self.words)
        yield f"{self.city} {self.zip}"


def person(seed: int) -> Person:
    """The same person for the same seed. Names are nonsense, so that no text has them."""
    dice = random.Random(seed)
    phone = f"+1{dice.randint(201, 989)}55501{dice.randint(0, 99):02}"
    return Person(
        phone,
        dice.randint(10**9, 10**10),
        _word(dice, 9).capitalize(),
        f"198.51.100.{dice.randint(1, 254)}",
        _word(dice, 10).upper(),
        f"{dice.randint(10_000, 99_999)}",
        f"{_word(dice, 8)} {_word(dice, 11)} ñ{_word(dice, 7)}",
    )


def _word(dice: random.Random, letters: int) -> str:
    return "".join(dice.choice("bcdfghjklmnpqrstvwxz") for _ in range(letters))


def shapes(secret: str) -> set[bytes]:
    """Every shape of a secret that is looked for."""
    found: set[bytes] = set()
    for text in _forms(secret):
        for cased in {text, text.upper(), text.lower(), text.title(), text[::-1]}:
            raw = cased.encode()
            found |= {raw, cased.encode("utf-16-le"), cased.encode("utf-16-be")}
            found |= {quote(cased).encode(), quote_plus(cased).encode()}
            found |= {json.dumps(cased)[1:-1].encode(), raw.hex().encode()}
            found |= set(_base64(raw))
            found |= {shape for name in HASHES for shape in _hashed(name, raw)}
    return {shape for shape in found if len(shape) >= SHORTEST}


def _forms(secret: str) -> Iterator[str]:
    """A secret itself, its parts, and the ways a phone number is written."""
    yield secret
    if " " in secret:
        yield from (word for word in secret.split() if len(word) >= SHORTEST)
    digits = "".join(filter(str.isdigit, secret))
    if secret.startswith("+") and len(digits) == 11:
        area, middle, last = digits[1:4], digits[4:7], digits[7:]
        yield from (digits, digits[1:], digits[-7:], f"{middle}-{last}")
        yield from (f"{area}-{middle}-{last}", f"({area}) {middle}-{last}", f"whatsapp:{secret}")


def _base64(raw: bytes) -> Iterator[bytes]:
    """The inside of a base64 text at each of the three places where the secret may begin."""
    for before in range(3):
        padded = b"\0" * before + raw
        whole = len(padded) // 3 * 3
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(padded[:whole])[(before * 4 + 2) // 3 + (before > 0) :]


def _hashed(name: str, raw: bytes) -> Iterator[bytes]:
    digest = hashlib.new(name, raw).digest()
    yield digest
    yield digest.hex().encode()
    yield b64encode(digest).rstrip(b"=")
    yield urlsafe_b64encode(digest).rstrip(b"=")


def hits(written: Iterable[tuple[str, bytes]], people: Iterable[Person]) -> list[str]:
    """Where a canary sang: "stderr: +1203...". Empty is the promise kept."""
    needles: dict[bytes, str] = {}
    for each in people:
        for secret in each.secrets():
            for shape in shapes(secret):
                needles[shape] = secret
    begun = {needle[:SHORTEST] for needle in needles}
    sizes = sorted({len(needle) for needle in needles})
    found: set[str] = set()
    for name, held in written:
        for start in range(len(held) - SHORTEST + 1):
            if held[start : start + SHORTEST] in begun:  # most bytes begin nothing
                cuts = (held[start : start + size] for size in sizes)
                found |= {f"{name}: {needles[cut]}" for cut in cuts if cut in needles}
    return sorted(found)


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a folder by its name and its bytes; names of files are searched too."""
    for path in sorted(folder.rglob("*")):
        yield "a file's name", str(path.relative_to(folder)).encode()
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()
