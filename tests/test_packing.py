"""A state travels in fewer than 64 bytes and comes back as it was, or as nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot import packing
from bot.load import Program
from bot.model import ANSWERS_MOST, MAYBE_MOST, SOURCE, TRAIL_MOST, Place, State


def full(program: Program) -> State:
    """The largest state that can be."""
    steps = tuple(program.book.steps)
    pairs = [(a.name, a.values[-1]) for a in program.book.answers.values()]
    return State(
        steps[-1],
        SOURCE,
        tuple(pairs[:ANSWERS_MOST]),
        steps[:TRAIL_MOST],
        tuple(program.book.directory.towns)[:MAYBE_MOST],
        255,
        127,
        2**32 - 1,
    )


def test_the_largest_state_packs_into_fewer_than_64_bytes(shipped: Program) -> None:
    packed = packing.codec(shipped.book).pack(full(shipped))
    assert len(packed) == packing.PACKED_MOST < 64


def test_a_state_comes_back_as_it_was(shipped: Program) -> None:
    codec = packing.codec(shipped.book)
    for state in (full(shipped), State(shipped.book.landing, SOURCE)):
        assert codec.unpack(codec.pack(state)) == state


def test_no_two_names_of_the_shipped_book_pack_alike(shipped: Program) -> None:
    assert len(shipped.book.steps) > 50
    assert packing.clashes(shipped.book) == []


def test_a_clash_of_names_is_told(shipped: Program) -> None:
    town = next(iter(shipped.book.directory.towns.values()))
    alike: dict[bytes, str] = {}
    twins = None
    for number in range(10_000):
        name = f"Town {number}"
        other = alike.setdefault(packing.short(f"a place={name}", packing.PLACE_BYTES), name)
        if other != name:
            twins = (other, name)
            break
    assert twins is not None
    towns = {Place(name): replace(town, id=Place(name)) for name in twins}
    directory = replace(shipped.book.directory, towns=towns)
    assert packing.clashes(replace(shipped.book, directory=directory)) == [twins[0]]


@given(st.binary(max_size=80))
def test_any_bytes_are_a_state_or_nothing(shipped: Program, packed: bytes) -> None:
    state = packing.codec(shipped.book).unpack(packed)
    assert state is None or state.step in shipped.book.steps


def test_another_version_a_cut_and_an_added_byte_are_nothing(shipped: Program) -> None:
    codec = packing.codec(shipped.book)
    packed = codec.pack(full(shipped))
    assert codec.unpack(bytes([packing.VERSION + 1]) + packed[1:]) is None
    assert codec.unpack(packed[:-1]) is None
    assert codec.unpack(packed + b"\0") is None
    assert codec.unpack(b"") is None
