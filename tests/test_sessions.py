"""What is kept for a while: bounded, dying, and masked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.sessions import Masks, Memory

SENDER = "+12035550142"


def test_an_entry_dies_after_its_time_and_lives_on_when_put_again() -> None:
    memory: Memory[str] = Memory(seconds=10)
    memory.put(b"a", "one", now=0)
    assert memory.get(b"a", now=10) == "one"
    assert memory.get(b"a", now=10.1) is None
    memory.put(b"a", "two", now=9)
    assert memory.get(b"a", now=19) == "two"


def test_reading_never_creates() -> None:
    memory: Memory[str] = Memory(seconds=10)
    for number in range(1000):
        assert memory.get(number.to_bytes(4), now=0) is None
    assert len(memory) == 0


def test_a_full_store_forgets_the_oldest() -> None:
    memory: Memory[int] = Memory(seconds=10, most=3)
    for number in range(5):
        memory.put(bytes([number]), number, now=number)
    assert len(memory) == 3
    assert [memory.get(bytes([number]), now=5) for number in range(5)] == [None, None, 2, 3, 4]


def test_the_dead_make_room_first() -> None:
    memory: Memory[int] = Memory(seconds=10, most=1000)
    for number in range(500):
        memory.put(number.to_bytes(2), number, now=0)
    memory.put(b"new", 1, now=11)
    assert len(memory) == 1


def test_what_is_dropped_is_gone_and_dropping_twice_is_nothing() -> None:
    memory: Memory[int] = Memory(seconds=10)
    memory.put(b"a", 1, now=0)
    memory.drop(b"a")
    memory.drop(b"a")
    assert memory.get(b"a", now=0) is None


def test_a_mask_is_the_same_for_the_same_names_of_one_process_only() -> None:
    masks = Masks()
    assert masks.mask("sms", SENDER) == masks.mask("sms", SENDER)
    assert masks.mask("sms", SENDER) != Masks().mask("sms", SENDER)
    assert masks.mask("ab", "c") != masks.mask("a", "bc") != masks.mask("abc")


@given(st.text())
def test_any_name_has_a_mask_that_does_not_hold_it(name: str) -> None:
    mask = Masks().mask(name)
    assert len(mask) == 16
    assert len(name) < 4 or name.encode("utf-8", "surrogatepass") not in mask


def test_nothing_here_prints_what_it_holds() -> None:
    memory: Memory[str] = Memory(seconds=10)
    memory.put(b"key", SENDER, now=0)
    assert SENDER not in f"{memory!r} {Masks()!r}"
