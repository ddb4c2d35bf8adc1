"""State <-> bytes, below 64, so that a conversation can travel sealed with the person.

Step ids and values are written as short hashes of their names, not as positions: a state
packed before the flows were edited still finds the steps that are still there, and what is
gone is None, never something else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from bot.model import ANSWERS_MOST, MAYBE_MOST, TRAIL_MOST, Book, Language, Place, State, StepId

VERSION: Final = 1
FACTS_MOST: Final = 31  # bits of State.counted for facts; one is left for the month it began in
STEP_BYTES, VALUE_BYTES, PLACE_BYTES, LANGUAGE_BYTES = 4, 3, 2, 2
_HEAD: Final = struct.Struct(">B4s2sBbIBB")  # version step language misses shown counted lengths
PACKED_MOST: Final = (
    _HEAD.size + ANSWERS_MOST * VALUE_BYTES + TRAIL_MOST * STEP_BYTES + MAYBE_MOST * PLACE_BYTES
)


def short(name: str, size: int) -> bytes:
    """The first `size` bytes of a name's hash."""
    return blake2b(name.encode(), digest_size=size).digest()


@dataclass(frozen=True, slots=True)
class Codec:
    """The names of one book by their short hashes."""

    steps: Mapping[bytes, StepId]
    values: Mapping[bytes, tuple[str, str]]
    places: Mapping[bytes, Place]
    languages: Mapping[bytes, Language]
    hashes: Mapping[tuple[str, ...], bytes]  # the way back: names of this book, hashed once

    def pack(self, state: State) -> bytes:
        """At most PACKED_MOST bytes, that is fewer than 64."""
        head = _HEAD.pack(
            VERSION,
            self._short(("a step", state.step), STEP_BYTES),
            self._short(("a language", state.language), LANGUAGE_BYTES),
            state.misses,
            state.shown,
            state.counted,
            len(state.answers) << 4 | len(state.trail),
            len(state.maybe),
        )
        parts = [self._short(pair, VALUE_BYTES) for pair in state.answers]
        parts += [self._short(("a step", id), STEP_BYTES) for id in state.trail]
        parts += [self._short(("a place", place), PLACE_BYTES) for place in state.maybe]
        return head + b"".join(parts)

    def _short(self, name: tuple[str, ...], size: int) -> bytes:
        """The hash of a name; one of another version of the flows is hashed now."""
        return self.hashes.get(name) or short("=".join(name), size)

    def unpack(self, packed: bytes) -> State | None:
        """The state, or None where its bytes, its step or its language are not of this book.

        An answer, place or question that is no longer in the book is left out.
        """
        try:
            _, step, language, misses, shown, counted, lengths, maybe = _HEAD.unpack_from(packed)
        except struct.error:
            return None
        sizes = (
            ((lengths >> 4), VALUE_BYTES),
            ((lengths & 15), STEP_BYTES),
            (maybe, PLACE_BYTES),
        )
        parts = _cut(packed[_HEAD.size :], sizes)
        if packed[0] != VERSION or parts is None:
            return None
        if step not in self.steps or language not in self.languages:
            return None
        return State(
            self.steps[step],
            self.languages[language],
            tuple(self.values[key] for key in parts[0] if key in self.values),
            tuple(self.steps[key] for key in parts[1] if key in self.steps),
            tuple(self.places[key] for key in parts[2] if key in self.places),
            misses,
            shown,
            counted,
        )


def _cut(rest: bytes, sizes: Iterable[tuple[int, int]]) -> list[list[bytes]] | None:
    """`rest` cut into lists of pieces, or None if its length is not right."""
    parts: list[list[bytes]] = []
    at = 0
    for count, size in sizes:
        end = at + count * size
        parts.append([rest[start : start + size] for start in range(at, end, size)])
        at = end
    return parts if at == len(rest) else None


def codec(book: Book) -> Codec:
    """The codec of a book."""
    steps = {_hashed("a step", id, STEP_BYTES): id for id in book.steps}
    places = {_hashed("a place", place, PLACE_BYTES): place for place in book.directory.towns}
    languages = {_hashed("a language", each, LANGUAGE_BYTES): each for each in book.words}
    values = {
        _hashed(answer.name, value, VALUE_BYTES): (answer.name, value)
        for answer in book.answers.values()
        for value in answer.values
    }
    hashes: dict[tuple[str, ...], bytes] = {pair: key for key, pair in values.items()}
    for kind, named in (("a step", steps), ("a place", places), ("a language", languages)):
        hashes |= {(kind, name): key for key, name in named.items()}
    return Codec(steps, values, places, languages, hashes)


def _hashed(kind: str, name: str, size: int) -> bytes:
    return short(f"{kind}={name}", size)


def clashes(book: Book) -> list[str]:
    """Names whose short hashes are the same as another's: they must be renamed."""
    made = codec(book)
    values = {(answer.name, value) for answer in book.answers.values() for value in answer.values}
    return sorted(
        [*(id for id in book.steps if id not in set(made.steps.values()))]
        + [f"{name}: {value}" for name, value in values - set(made.values.values())]
        + [*(id for id in book.directory.towns if id not in set(made.places.values()))]
    )
