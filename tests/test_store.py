"""The store of the counts: all or nothing, declared or not at all, a release for good."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.usage import entries
from bot.usage.model import StoreError
from bot.usage.store import Kept, open_store
from tests.kept import DECLARED, FOOD, JULY, STARTED, Open, document, opening


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "counts.db"


@pytest.fixture
def open_it(path: Path) -> Iterator[Open]:
    with opening(str(path)) as opened:
        yield opened


# Counting ---------------------------------------------------------------------------------


def test_what_is_added_is_read_again_by_months(open_it: Open) -> None:
    kept = open_it()
    kept.add({(JULY, *STARTED): 11, (JULY, *FOOD): 5})
    kept.add({(JULY, *STARTED): 12, ("2026-08", *FOOD): 7})
    kept.close()
    again = open_it(frozenset(), make=False)
    assert again.counts(JULY, JULY) == {STARTED: 23, FOOD: 5}
    assert again.counts(JULY, "2026-08") == {STARTED: 23, FOOD: 12}
    assert again.counts("2025-01", "2025-12") == {}
    assert again.months() == [JULY, "2026-08"]
    assert again.rows() == [
        (JULY, *STARTED, 23),
        (JULY, *FOOD, 5),
        ("2026-08", *FOOD, 7),
    ]


@given(
    counter=st.tuples(
        st.sampled_from([JULY, "2026-13", "2026-7", "2026-07-14"]) | st.text(max_size=12),
        st.sampled_from(["need", "conversation", "Need"]) | st.text(max_size=12),
        st.sampled_from(["food", "203-555-0142", "money"]) | st.text(max_size=40),
    ),
    n=st.integers(-5, 5),
)
def test_only_what_is_declared_can_be_added(counter: tuple[str, str, str], n: int) -> None:
    """Whatever else it is; and what stands in the same batch is not added either."""
    kept = memory()
    right = counter[0] == JULY and counter[1:] in DECLARED and n > 0
    batch = {(JULY, "need", "talk"): 11, counter: n}
    if right:
        kept.add(batch)
        assert (*counter, n) in kept.rows()
    else:
        with pytest.raises(StoreError) as caught:
            kept.add(batch)
        assert str(caught.value) == entries.UNDECLARED
        assert kept.rows() == []
    kept.close()


def memory() -> Kept:
    """A store of its own for each example: the same code, on the quickest disk there is."""
    folder = Path("/dev/shm" if Path("/dev/shm").is_dir() else "/tmp")  # noqa: S108  gone at once
    path = folder / f"waypost-test-{os.getpid()}.db"
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()
    kept = open_store(str(path), DECLARED)
    path.unlink()
    return kept


def test_what_is_not_declared_any_more_stays_readable_and_is_not_counted(open_it: Open) -> None:
    open_it().add({(JULY, *FOOD): 12})
    fewer = open_it(DECLARED - {FOOD})
    assert fewer.counts(JULY, JULY) == {FOOD: 12}
    with pytest.raises(StoreError):
        fewer.add({(JULY, *FOOD): 1})


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO counts VALUES ('2026-07', 'need', 'money', 1)",
        "INSERT INTO counts VALUES ('2026-07-14', 'need', 'food', 1)",
        "INSERT INTO counts VALUES ('2026-17', 'need', 'food', 1)",
        "INSERT INTO counts VALUES ('2026-08', 'need', 'food', 0)",
        "INSERT INTO counts VALUES ('2026-08', 'need', 'food', 'many')",
        "INSERT INTO declared VALUES ('need', '203-555-0142')",
        "INSERT INTO declared VALUES ('need', 'hungry, at 12 Elm Street')",
        "UPDATE counts SET n = n - 1",
        "UPDATE counts SET value = 'talk'",
        "DELETE FROM counts",
        "UPDATE releases SET document = '{}'",
        "DELETE FROM releases",
        "INSERT OR REPLACE INTO releases VALUES (1, '2026', '{}')",
        "INSERT OR REPLACE INTO releases VALUES (1, '2025', '{}')",
        "INSERT INTO releases VALUES (2, '2025', 'no document')",
        "INSERT INTO releases VALUES (2, 'last week', '{}')",
        "UPDATE released SET n = 99",
        "DELETE FROM released",
        "INSERT INTO released VALUES ('2026', 'need', 'talk', 11)",
        "INSERT INTO released VALUES ('2025', 'need', 'talk', 10)",
    ],
)
def test_the_database_itself_refuses_what_is_not_declared_and_what_would_change(
    statement: str, open_it: Open, path: Path
) -> None:
    """Also of another program that opens the file."""
    kept = open_it()
    kept.add({(JULY, *FOOD): 12})
    kept.keep("2026", document())
    before = (kept.rows(), kept.releases())
    with closing(sqlite3.connect(path)) as other, pytest.raises(sqlite3.Error):
        other.execute(statement)
    assert (kept.rows(), kept.releases()) == before


# Releases -----------------------------------------------------------------------------------


def test_releases_are_kept_once_in_order_with_their_cells(open_it: Open, path: Path) -> None:
    kept = open_it()
    kept.keep("2026-Q3", document("2026-Q3", food=22, other=11))
    kept.keep("2025", document("2025", total=None))
    with pytest.raises(StoreError, match="2026-Q3 was released before"):
        kept.keep("2026-Q3", document("2026-Q3", food=33))
    assert kept.releases() == [
        document("2026-Q3", food=22, other=11),
        document("2025", total=None),
    ]
    with closing(sqlite3.connect(path)) as base:
        assert base.execute("SELECT * FROM released").fetchall() == [
            ("2025", "conversation", "started", None),
            ("2026-Q3", "conversation", "started", 33),
            ("2026-Q3", "need", "food", 22),
            ("2026-Q3", "need", "other", 11),
        ]


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "[]",
        "{}",
        document("2025"),
        document(food=10, other=23),
        document(food=-11),
        document(total=7, food=11),
        '{"period": "2026", "total": 33, "tables": [{"dimension": "need"}]}',
    ],
)
def test_a_release_with_a_small_cell_or_another_period_is_refused(
    broken: str, open_it: Open
) -> None:
    kept = open_it()
    with pytest.raises(StoreError, match="not in the form"):
        kept.keep("2026", broken)
    assert kept.releases() == []
