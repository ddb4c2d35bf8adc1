"""What is remembered for a while where the person's side cannot carry it: in memory, bounded.

Rule 1: a key is a MAC under a secret that is born with the process and dies with it. Nobody can
tell from it whose it was, not even with the phone number in hand, once the process is gone.
Rule 2: reading never creates, and a full store forgets the oldest.
Rule 3: nothing here reaches a disk.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from hashlib import blake2b
from typing import Final, Generic, TypeVar

MOST: Final = 100_000  # entries; about 30 MB

Value = TypeVar("Value")


class Masks:
    """Names (of a sender, of a message) -> masks that mean nothing outside this process."""

    __slots__ = ("_keyed",)

    def __init__(self) -> None:
        self._keyed = blake2b(key=os.urandom(32), digest_size=16)  # has taken in its key already

    def mask(self, *names: str) -> bytes:
        """16 bytes that are the same for the same names, and for no others."""
        mac = self._keyed.copy()
        for name in names:
            encoded = name.encode("utf-8", "surrogatepass")
            mac.update(len(encoded).to_bytes(4) + encoded)
        return mac.digest()


class Memory(Generic[Value]):
    """A bounded mapping in which every entry dies `seconds` after it was last put."""

    __slots__ = ("_entries", "_most", "_seconds")

    def __init__(self, seconds: float, most: int = MOST) -> None:
        self._seconds = seconds
        self._most = most
        self._entries: OrderedDict[bytes, tuple[float, Value]] = OrderedDict()

    def get(self, key: bytes, now: float) -> Value | None:
        """The value, or None where there is none or it has died."""
        found = self._entries.get(key)
        return found[1] if found is not None and now <= found[0] else None

    def put(self, key: bytes, value: Value, now: float) -> None:
        """Keep a value. What has died goes first, then what is oldest."""
        entries = self._entries
        entries[key] = (now + self._seconds, value)
        entries.move_to_end(key)
        while entries:
            until, _ = next(iter(entries.values()))
            if until >= now and len(entries) <= self._most:
                break
            entries.popitem(last=False)

    def drop(self, key: bytes) -> None:
        """Forget at once."""
        self._entries.pop(key, None)

    def __len__(self) -> int:
        return len(self._entries)
