"""The store is no event log: not even who has copied it after every write gets a person back.

That the attacker is good enough is shown by stores that are made the ordinary way.
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from bot import clock
from bot.model import Event
from bot.usage import schema
from bot.usage.model import THRESHOLD, TOTAL
from bot.usage.store import Sqlite
from bot.usage.tally import Tally
from tests import attacker
from tests.attacker import Copy, Triple

MONTH = "2026-07"
DIMENSIONS = ("channel", "language", "need")
VALUES = {
    "channel": ("sms", "web", "telegram"),
    "language": ("english", "spanish", "creole"),
    "need": ("pay_kept", "lawyer", "shelter", "food_today", "doctor", "talking"),
}
DECLARED = {TOTAL, *((name, value) for name in VALUES for value in VALUES[name])}
PEOPLE = 600


def people(dice: random.Random) -> list[Triple]:
    """Conversations as they come: runs of people alike, as after a poster or an event."""
    found: list[Triple] = []
    while len(found) < PEOPLE:
        one = tuple(dice.choice(VALUES[name]) for name in DIMENSIONS)
        found += [one] * dice.randint(1, 3)
    return found[:PEOPLE]


def talk(tally: Tally, person: Triple) -> None:
    channel, language, need = person
    tally.count(channel, (Event(*TOTAL), Event("language", language)), MONTH)
    tally.count(channel, (Event("need", need),), MONTH)


class Clock:
    """Time that passes with every conversation."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def watched(path: Path, dice: random.Random, everybody: list[Triple]) -> Iterator[Copy]:
    """A copy of the store as it is made, whenever anything was written."""
    store = Sqlite(path, DECLARED)
    seconds = Clock()
    tally = Tally(store, DECLARED, seconds=seconds, dice=dice.random)
    try:
        for person in everybody:
            talk(tally, person)
            seconds.now += dice.expovariate(1 / 1800)
            waited = tally.waiting()
            tally.flush(MONTH)
            if tally.waiting() != waited:
                yield Copy.of(path)
    finally:
        store.close()


@pytest.fixture(scope="module", params=[1, 2, 3])
def seen(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[Copy], list[Triple]]:
    """All copies of 600 conversations, and the truth."""
    dice = random.Random(request.param)
    everybody = people(dice)
    copies = list(watched(tmp_path_factory.mktemp("store") / "counts.db", dice, everybody))
    assert len(copies) > 40
    assert not any(copy.files.get("-wal") for copy in copies), "the log is not emptied"
    return copies, everybody


def test_copies_after_every_write_give_no_conversation_back(
    seen: tuple[list[Copy], list[Triple]],
) -> None:
    """Nothing is certain, and of the guesses, made from the sums of each group, few are right."""
    copies, truth = seen
    guesses = attacker.rebuilt(attacker.history(copies), DIMENSIONS)
    assert len(guesses) > PEOPLE * 0.9
    assert not [guess for guess, certain in guesses if certain]
    assert attacker.right(guesses, truth) < 0.15


def test_no_group_that_is_written_together_is_smaller_than_eleven(
    seen: tuple[list[Copy], list[Triple]],
) -> None:
    states = attacker.history(seen[0])
    for dimension in (*DIMENSIONS, TOTAL[0]):
        sizes = [group.total() for group in attacker.groups(states, dimension)]
        assert len(sizes) > 10
        assert min(sizes) >= THRESHOLD


def test_the_groups_of_two_dimensions_are_not_the_same_people(
    seen: tuple[list[Copy], list[Triple]],
) -> None:
    """Every pile has its own size and time, so the borders of the groups drift apart."""
    states = attacker.history(seen[0])
    borders = []
    for dimension in DIMENSIONS:
        sizes = [group.total() for group in attacker.groups(states, dimension)]
        borders.append({sum(sizes[:end]) for end in range(1, len(sizes) + 1)})
    assert all(len(each) > 10 for each in borders)
    assert len(borders[0] & borders[1] & borders[2]) < min(map(len, borders)) / 4


def test_no_byte_of_what_was_there_before_is_left(seen: tuple[list[Copy], list[Triple]]) -> None:
    """A value stands in a file as often as it has rows: once declared, once counted."""
    for copy in seen[0]:
        assert copy.files.get("-wal", b"") == b""
        assert "-journal" not in copy.files
        state = attacker.history([copy])[-1]
        for value in (*VALUES["need"], *VALUES["language"]):
            rows = sum(name == value for _, _, name in state)
            assert attacker.remains(copy, value) == 1 + rows, value


def test_no_time_is_kept_that_is_finer_than_the_month(tmp_path: Path) -> None:
    """Neither in a column nor at the files."""
    path = tmp_path / "counts.db"
    today = clock.today()
    begun = datetime(today.year, today.month, 1, tzinfo=clock.ZONE).timestamp()
    looked = 0
    dice = random.Random(5)
    for _ in watched(path, dice, people(dice)[:80]):
        for file in tmp_path.iterdir():
            looked += 1
            assert os.stat(file).st_mtime == begun, file.name
    assert looked > 10
    assert os.stat(path).st_mtime == begun, "after it is closed"
    with closing(sqlite3.connect(path)) as base:
        columns = {
            (table, row[1])
            for (table,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for row in base.execute(f"PRAGMA table_info({table})")
        }
    assert columns == {
        *(("counts", name) for name in ("month", "dimension", "value", "n")),
        *(("declared", name) for name in ("dimension", "value")),
        *(("releases", name) for name in ("number", "period", "document")),
        *(("released", name) for name in ("period", "dimension", "value", "n")),
    }


# That the attacker can win ------------------------------------------------------------------


def test_a_commit_per_conversation_gives_everybody_back_from_one_copy(tmp_path: Path) -> None:
    """The ordinary way: each conversation is written as it comes, the log is left alone."""
    path = tmp_path / "ordinary.db"
    truth = people(random.Random(1))[:100]
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA secure_delete = ON")
        base.executescript("".join(schema.STEPS))
        base.executemany("INSERT INTO declared VALUES (?, ?)", sorted(DECLARED))
        for person in truth:
            base.execute("BEGIN")
            facts = zip(DIMENSIONS, person, strict=True)
            base.executemany(schema.ADD, [(MONTH, *fact, 1) for fact in facts])
            base.execute("COMMIT")
        one = Copy.of(path)
    guesses = attacker.rebuilt(attacker.history([one]), DIMENSIONS)
    assert attacker.right(guesses, truth) == 1
    assert all(certain for _, certain in guesses)


def test_our_own_store_without_the_tally_gives_everybody_back_too(tmp_path: Path) -> None:
    """So it is the groups that protect, and the attacker who compares copies can see it."""
    store = Sqlite(tmp_path / "counts.db", DECLARED)
    truth = people(random.Random(2))[:60]
    copies = []
    for person in truth:
        store.add({(MONTH, *fact): 1 for fact in zip(DIMENSIONS, person, strict=True)})
        copies.append(Copy.of(tmp_path / "counts.db"))
    store.close()
    guesses = attacker.rebuilt(attacker.history(copies), DIMENSIONS)
    assert attacker.right(guesses, truth) == 1


def test_groups_of_the_same_people_would_be_told_by_their_borders(tmp_path: Path) -> None:
    """Written together at a fixed size, as one would do it at first: the dice prevent it."""
    store = Sqlite(tmp_path / "counts.db", DECLARED)
    tally = Tally(store, DECLARED, seconds=lambda: 0.0, dice=lambda: 0.0)
    copies = []
    for person in people(random.Random(3))[:200]:
        talk(tally, person)
        tally.flush(MONTH)
        copies.append(Copy.of(tmp_path / "counts.db"))
    store.close()
    states = attacker.history(copies)
    sizes = [[each.total() for each in attacker.groups(states, name)] for name in DIMENSIONS]
    assert sizes[0] == sizes[1] == sizes[2] == [THRESHOLD] * 18
