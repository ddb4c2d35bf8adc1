"""Facts wait until enough are together, and none is lost, doubled, or worth an answer."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import clock
from bot.conversation import Conversation
from bot.load import Program
from bot.model import Event
from bot.seal import Seal
from bot.usage.model import SHOWN, THRESHOLD, TOTAL, Batch, StoreError
from bot.usage.store import Sqlite
from bot.usage.tally import SPREAD, Tally
from tests.kept import full_disk

JULY, AUGUST = "2026-07", "2026-08"
NOON = clock.parse("Wed 12:00")
STARTED = Event(*TOTAL)
FOOD = Event("need", "food")
DECLARED = {
    TOTAL,
    *(("channel", value) for value in ("sms", "web")),
    *(("need", value) for value in ("food", "talk")),
    *((SHOWN, value) for value in ("help_line", "police", "provider", "rights")),
}


class Book:
    """A store that keeps each write by itself, and fails when it is told to."""

    def __init__(self) -> None:
        self.writes: list[dict[tuple[str, str, str], int]] = []
        self.tried: list[Batch] = []
        self.fails = False

    def add(self, batch: Batch) -> None:
        self.tried.append(batch)
        if self.fails:
            raise StoreError("no space left")
        self.writes.append(dict(batch))

    def total(self) -> Counter[tuple[str, str, str]]:
        sums: Counter[tuple[str, str, str]] = Counter()
        for write in self.writes:
            sums.update(write)
        return sums

    def counts(self, first: str, last: str) -> dict[tuple[str, str], int]:
        raise NotImplementedError

    def months(self) -> list[str]:
        raise NotImplementedError

    def keep(self, period: str, document: str) -> None:
        raise NotImplementedError

    def releases(self) -> list[str]:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class Time:
    """A clock that goes when it is told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def made(dice: Callable[[], float] = lambda: 0.0) -> tuple[Tally, Book, Time]:
    book, seconds = Book(), Time()
    return Tally(book, DECLARED, seconds=seconds, dice=dice), book, seconds


def come(tally: Tally, people: int, *events: Event, month: str = JULY) -> None:
    for _ in range(people):
        tally.count("sms", events, month)


# When it is written ---------------------------------------------------------------------------


def test_ten_conversations_wait_for_as_long_as_it_takes_and_the_eleventh_makes_them_due() -> None:
    tally, book, seconds = made()
    come(tally, 10, FOOD)
    seconds.now += 40 * 24 * 3600
    tally.flush(JULY)
    assert book.writes == []
    come(tally, 1, FOOD)
    tally.flush(JULY)
    assert book.writes == [{(JULY, *FOOD): 11}]
    tally.flush(JULY)
    assert len(book.writes) == 1


def test_how_many_make_a_pile_due_is_drawn_each_time_eleven_at_the_least() -> None:
    sizes = set()
    for seed in range(40):
        tally, book, _ = made(random.Random(seed).random)
        while tally._piles["need"].due is None:
            come(tally, 1, FOOD)
        sizes.add(tally.waiting()[JULY, *FOOD])
        assert book.writes == []
    assert min(sizes) == THRESHOLD
    assert max(sizes) < 2 * THRESHOLD
    assert len(sizes) > 8


def test_a_pile_that_is_due_is_written_at_a_random_moment_within_the_hour() -> None:
    moments = []
    for seed in range(40):
        tally, book, seconds = made(random.Random(seed).random)
        come(tally, 2 * THRESHOLD, FOOD)
        while not book.writes:
            seconds.now += 20
            tally.flush(JULY)
        moments.append(seconds.now)
    assert max(moments) <= SPREAD + 20
    assert min(moments) < SPREAD / 4
    assert max(moments) > SPREAD * 3 / 4
    assert len(set(moments)) > 30


def test_every_dimension_is_written_by_itself() -> None:
    tally, book, seconds = made(random.Random(3).random)
    come(tally, 60, STARTED, FOOD)
    for _ in range(200):
        seconds.now += 30
        tally.flush(JULY)
    assert len(book.writes) == 3
    assert [len({key[1] for key in write}) for write in book.writes] == [1, 1, 1]


def test_eleven_facts_of_few_conversations_are_not_eleven_conversations() -> None:
    """Four people who are shown four things each are four people."""
    tally, book, _ = made()
    shown = [Event(SHOWN, value) for value in ("help_line", "police", "provider", "rights")]
    come(tally, 10, *shown)
    tally.flush(JULY)
    assert book.writes == []
    come(tally, 1, shown[0])
    tally.flush(JULY)
    assert book.total()[JULY, SHOWN, "help_line"] == 11


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(DECLARED)), st.floats(0, 4000), st.booleans()),
        max_size=200,
    ),
    st.randoms(use_true_random=False),
)
def test_within_a_month_nothing_smaller_than_eleven_is_ever_written(
    days: list[tuple[tuple[str, str], float, bool]], dice: random.Random
) -> None:
    """Whatever comes when. And nothing is lost or doubled by the end."""
    tally, book, seconds = made(dice.random)
    counted: Counter[tuple[str, str, str]] = Counter()
    for fact, later, flush in days:
        tally.count("nothing", (Event(*fact),), JULY)
        counted[JULY, *fact] += 1
        seconds.now += later
        if flush:
            tally.flush(JULY)
    for write in book.writes:
        (dimension,) = {key[1] for key in write}
        people = max(write.values()) if dimension == SHOWN else sum(write.values())
        assert people >= THRESHOLD
    assert book.total() + Counter(tally.waiting()) == counted
    tally.flush_all()
    assert book.total() == counted
    assert tally.waiting() == {}


def test_at_the_turn_of_the_month_what_waits_is_written_within_the_hour() -> None:
    tally, book, seconds = made(lambda: 0.5)
    come(tally, 3, STARTED, FOOD)
    tally.flush(AUGUST)
    assert book.writes == []
    seconds.now += SPREAD / 2
    tally.flush(AUGUST)
    assert book.total() == {(JULY, *TOTAL): 3, (JULY, "channel", "sms"): 3, (JULY, *FOOD): 3}


def test_an_orderly_stop_loses_nothing() -> None:
    tally, book, _ = made()
    come(tally, 3, STARTED, FOOD)
    tally.flush_all()
    assert book.total() == {(JULY, *TOTAL): 3, (JULY, "channel", "sms"): 3, (JULY, *FOOD): 3}
    tally.flush_all()
    assert len(book.writes) == 3


# What is counted ------------------------------------------------------------------------------


def test_only_what_is_declared_waits() -> None:
    tally, _, _ = made()
    tally.count("carrier pigeon", (STARTED, Event("need", "2035550142"), Event("age", "9")), JULY)
    assert tally.waiting() == {(JULY, *TOTAL): 1}


def test_the_channel_is_counted_once_where_a_conversation_begins() -> None:
    tally, _, _ = made()
    tally.count("sms", (STARTED, FOOD), JULY)
    tally.count("sms", (Event(SHOWN, "police"),), JULY)
    assert tally.waiting()[JULY, "channel", "sms"] == 1


WORDS = [*"0123456789", "hi", "hola", "Bridgeport", "06604", "skip", "back", "es", "help", "xyz"]


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.integers(1, 3)), max_size=25))
@settings(max_examples=60)
def test_whatever_somebody_writes_each_fact_of_a_conversation_counts_at_most_once(
    shipped: Program, said: list[tuple[str, int]]
) -> None:
    """Every message may also come up to three times; the store then adds up by itself."""
    held: list[list[tuple[str, str]]] = []

    def count(_channel: str, events: tuple[Event, ...], _month: str) -> None:
        if TOTAL in events:
            held.append([])
        held[-1] += events

    talk = Conversation(shipped, Seal(), count=count, minute=lambda: NOON)
    token = talk.greet("web").token or ""
    for text, times in said:
        answers = [talk.answer(text, token, "web") for _ in range(times if token else 1)]
        token = answers[0].token or ""
    for facts in held:
        exclusive = [dimension for dimension, _ in facts if dimension != SHOWN]
        assert len(exclusive) == len(set(exclusive)), facts
        assert len(facts) == len(set(facts)), facts
        assert set(facts) <= set(shipped.book.bits)


# What fails ------------------------------------------------------------------------------------


def test_what_cannot_be_written_is_kept_tried_as_it_was_and_told_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As it was: a store that is not sure whether it wrote a batch knows it again."""
    tally, book, _ = made()
    book.fails = True
    come(tally, 11, FOOD)
    for _ in range(3):
        tally.flush(JULY)
        come(tally, 2, FOOD)
    assert [dict(batch) for batch in book.tried] == [{(JULY, *FOOD): 11}] * 3
    assert capsys.readouterr().err == "counts cannot be written; they are kept and tried again\n"
    book.fails = False
    tally.flush(JULY)
    tally.flush_all()
    assert book.total() == {(JULY, *FOOD): 17}
    assert capsys.readouterr().err == ""


def test_a_second_outage_is_told_again(capsys: pytest.CaptureFixture[str]) -> None:
    tally, book, _ = made()
    for _ in range(2):
        come(tally, 11, FOOD)
        book.fails = True
        tally.flush(JULY)
        book.fails = False
        tally.flush(JULY)
    assert capsys.readouterr().err.count("\n") == 2
    assert book.total() == {(JULY, *FOOD): 22}


def test_a_full_disk_loses_nothing_of_a_real_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Sqlite(tmp_path / "counts.db", DECLARED)
    tally = Tally(store, DECLARED, seconds=Time(), dice=lambda: 0.0)
    with full_disk(4096):
        for _ in range(5):
            come(tally, 12, STARTED, FOOD)
            tally.flush(JULY)
        assert store.rows() == []
    tally.flush(JULY)
    tally.flush_all()
    assert store.counts(JULY, JULY) == {TOTAL: 60, ("channel", "sms"): 60, FOOD: 60}
    store.close()
    assert capsys.readouterr().err.count("\n") == 1


def test_counting_never_waits_for_a_store_that_hangs() -> None:
    class Hangs(Book):
        go_on = threading.Event()

        def add(self, batch: Batch) -> None:
            assert self.go_on.wait(20)
            super().add(batch)

    book = Hangs()
    tally = Tally(book, DECLARED, seconds=Time(), dice=lambda: 0.0)
    come(tally, 11, FOOD)
    writing = threading.Thread(target=tally.flush, args=(JULY,))
    writing.start()
    began = time.monotonic()
    come(tally, 1000, STARTED, FOOD)
    took = time.monotonic() - began
    assert writing.is_alive()
    book.go_on.set()
    writing.join()
    assert took < 2
    tally.flush_all()
    assert book.total()[JULY, *FOOD] == 1011


def test_many_threads_count_and_flush_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    store = Sqlite(tmp_path / "counts.db", DECLARED)
    tally = Tally(store, DECLARED, seconds=Time(), dice=lambda: 0.0)
    done = threading.Event()

    def flush() -> None:
        while not done.is_set():
            tally.flush(JULY)

    flushing = [threading.Thread(target=flush) for _ in range(2)]
    counting = [threading.Thread(target=come, args=(tally, 400, STARTED, FOOD)) for _ in range(4)]
    for thread in (*flushing, *counting):
        thread.start()
    for thread in counting:
        thread.join()
    done.set()
    for thread in flushing:
        thread.join()
    tally.flush_all()
    assert store.counts(JULY, JULY) == {TOTAL: 1600, ("channel", "sms"): 1600, FOOD: 1600}
    store.close()
