"""The file of the counts on a disk: its owner's alone, erased where it was, whole or refused."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.usage import schema, store
from bot.usage.model import StoreError
from bot.usage.store import open_store
from tests.conftest import ROOT
from tests.kept import DECLARED, FOOD, JULY, STARTED, Open, document, full_disk, opening


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "counts.db"


@pytest.fixture
def open_it(path: Path) -> Iterator[Open]:
    with opening(str(path)) as opened:
        yield opened


def files(path: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in path.parent.glob(f"{path.name}*")}


# Files ----------------------------------------------------------------------------------------


def test_the_file_is_its_owner_s_alone_also_where_it_was_not(open_it: Open, path: Path) -> None:
    kept = open_it()
    kept.add({(JULY, *FOOD): 12})
    assert {each.stat().st_mode & 0o777 for each in path.parent.iterdir()} == {0o600}
    kept.close()
    path.chmod(0o644)
    open_it()
    assert path.stat().st_mode & 0o777 == 0o600


def test_every_write_is_on_the_disk_and_erased_where_it_was(open_it: Open, path: Path) -> None:
    kept = open_it()
    assert isinstance(kept, store.Sqlite)
    assert [kept._number(key) for key in ("synchronous", "secure_delete", "temp_store")] == [
        2, 1, 2,
    ]  # fmt: skip
    for turn in range(5):
        kept.add({(JULY, *FOOD): 12})
        assert Path(f"{path}-wal").stat().st_size == 0, turn
    kept.close()
    assert list(files(path)) == ["counts.db"]


def test_a_full_disk_is_said_and_what_was_not_written_can_be_written_later(
    open_it: Open,
) -> None:
    kept = open_it()
    kept.add({(JULY, *FOOD): 12})
    many = {(f"20{year}-07", *FOOD): 1 for year in range(20, 99)}
    with full_disk(4096):
        for _ in range(3):
            with pytest.raises(StoreError, match="could not be written"):
                kept.add(many)
    assert kept.rows() == [(JULY, *FOOD, 12)]
    kept.add(many)
    assert sum(n for *_, n in kept.rows()) == 12 + len(many)


def test_a_disk_that_is_full_after_the_commit_doubles_nothing(open_it: Open, path: Path) -> None:
    """The log took the counts, the file itself could not: they are written, and moved later."""
    kept = open_it()
    log = Path(f"{path}-wal")
    with full_disk(2 * 4096 + 8):
        kept.add({(JULY, *FOOD): 12})
        assert log.stat().st_size > 0
        assert kept.rows() == [(JULY, *FOOD, 12)]
    kept.add({(JULY, *FOOD): 1})
    assert log.stat().st_size == 0
    assert kept.rows() == [(JULY, *FOOD, 13)]


def test_a_file_that_is_held_by_another_program_is_said(
    open_it: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.05)
    kept = open_it()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="Another program holds"):
            kept.add({(JULY, *FOOD): 12})
        other.execute("ROLLBACK")
    kept.add({(JULY, *FOOD): 12})
    assert kept.counts(JULY, JULY) == {FOOD: 12}


# What is refused --------------------------------------------------------------------------------


def refused(open_it: Open, path: Path, said: str) -> None:
    """It is refused in that sentence, and not a byte of it has changed."""
    before = files(path)
    for make in (True, False):
        with pytest.raises(StoreError, match=said) as caught:
            open_it(make=make)
        assert str(path) in str(caught.value)
        assert caught.value.__cause__ is None
    assert files(path) == before


def filled(open_it: Open) -> None:
    kept = open_it()
    kept.add({(f"20{year}-07", *FOOD): year for year in range(20, 99)})
    kept.close()


@pytest.mark.parametrize("held", [b"a letter to my aunt\n" * 300, b"\x00" * 5000, b"SQLite"])
def test_what_is_no_database_is_refused(held: bytes, open_it: Open, path: Path) -> None:
    path.write_bytes(held)
    refused(open_it, path, "not one of Waypost's counts, or it is damaged")


def test_a_database_of_another_program_is_refused(open_it: Open, path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE counts (month, dimension, value, n)")
    refused(open_it, path, "not one of Waypost's counts; name another")
    with closing(sqlite3.connect(path)) as other:
        other.executescript("DROP TABLE counts; PRAGMA application_id = 42; VACUUM")
    refused(open_it, path, "not one of Waypost's counts; name another")


def test_a_newer_database_is_refused(open_it: Open, path: Path) -> None:
    filled(open_it)
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    refused(open_it, path, "newer Waypost")


@pytest.mark.parametrize("cut", [100, 4096, 4500, 8192, -4096])
def test_a_database_that_was_cut_off_is_refused(cut: int, open_it: Open, path: Path) -> None:
    """Never half-read."""
    filled(open_it)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(StoreError, match="damaged"):
        open_it()


def test_a_database_with_a_broken_page_is_refused(open_it: Open, path: Path) -> None:
    filled(open_it)
    whole = path.read_bytes()
    assert len(whole) >= 6 * 4096
    for start in range(0, len(whole), 4096):
        path.write_bytes(whole[:start] + b"\xa5" * 512 + whole[start + 512 :])
        with pytest.raises(StoreError, match="damaged"):
            open_it()


@pytest.mark.parametrize(
    "done",
    ["DROP TRIGGER counts_only_grow", "DROP TABLE released", "ALTER TABLE counts ADD x TEXT"],
)
def test_a_database_that_somebody_took_a_part_out_of_is_refused(
    done: str, open_it: Open, path: Path
) -> None:
    filled(open_it)
    with closing(sqlite3.connect(path)) as other:
        other.execute(done)
    with pytest.raises(StoreError, match="damaged"):
        open_it()


def test_a_place_where_no_file_can_be_is_said(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing" / "counts.db"):
        with pytest.raises(StoreError, match="cannot be made or opened"):
            open_store(str(place), DECLARED)
    with pytest.raises(StoreError, match="There are no counts yet"):
        open_store(str(tmp_path / "counts.db"), make=False)
    assert list(tmp_path.iterdir()) == []


def older(path: Path) -> None:
    """A file of version 1, as the first program made it."""
    with closing(sqlite3.connect(path)) as base:
        base.executescript(schema.STEPS[0])
        base.execute(f"PRAGMA application_id = {schema.REAL}")
        base.execute("PRAGMA user_version = 1")
        base.execute("INSERT INTO declared VALUES ('need', 'food')")
        base.execute("INSERT INTO counts VALUES ('2026-07', 'need', 'food', 12)")
        base.commit()


def test_an_older_database_is_brought_up_to_date_with_all_its_counts(
    open_it: Open, path: Path
) -> None:
    older(path)
    kept = open_it()
    assert kept.rows() == [(JULY, *FOOD, 12)]
    kept.keep("2026", document())
    assert len(kept.releases()) == 1


def test_a_step_that_fails_leaves_an_older_database_as_it_was(
    open_it: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All steps or none: the last of them is broken here."""
    older(path)
    with monkeypatch.context() as broken:
        broken.setattr(schema, "STEPS", (*schema.STEPS, "CREATE TABLE counts (n);\n"))
        broken.setattr(schema, "VERSION", 3)
        with pytest.raises(StoreError):
            open_it()
    with closing(sqlite3.connect(path)) as base:
        assert base.execute("PRAGMA user_version").fetchone() == (1,)
        names = {row[0] for row in base.execute("SELECT name FROM sqlite_master")}
        assert "counts" in names
        assert "releases" not in names
    assert open_it().rows() == [(JULY, *FOOD, 12)]


def test_a_demonstration_and_real_counts_are_never_mixed(open_it: Open) -> None:
    made_up = open_it(demo=True)
    made_up.add({(JULY, *FOOD): 12})
    real = open_it()
    assert (made_up.demo, real.demo) == (True, True)
    with pytest.raises(StoreError, match="demonstration"):
        real.add({(JULY, *FOOD): 1})
    assert real.counts(JULY, JULY) == {FOOD: 12}


def test_real_counts_take_nothing_of_a_demonstration(open_it: Open) -> None:
    open_it()
    made_up = open_it(demo=True)
    assert made_up.demo is False
    with pytest.raises(StoreError, match="demonstration"):
        made_up.add({(JULY, *FOOD): 1})


# Several at once --------------------------------------------------------------------------------

WRITER = """
import sys
from bot.usage.store import open_store
pairs = {("conversation", "started"), ("need", sys.argv[2])}
for turn in range(4):
    store = open_store(sys.argv[1], pairs)
    for _ in range(15):
        store.add({("2026-07", "conversation", "started"): 11})
        store.add({("2026-07", "need", sys.argv[2]): 2})
    store.close()
print("written")
"""


def test_processes_that_share_a_file_lose_nothing_and_double_nothing(path: Path) -> None:
    """They begin it together, too, and do not declare the same."""
    words = [
        [sys.executable, "-c", WRITER, str(path), need] for need in ("food", "talk", "doctor")
    ]
    running = [subprocess.Popen(each, cwd=ROOT, stdout=subprocess.PIPE) for each in words]
    assert [process.communicate(timeout=60)[0] for process in running] == [b"written\n"] * 3
    kept = open_store(str(path), make=False)
    assert kept.counts(JULY, JULY) == {
        STARTED: 3 * 4 * 15 * 11,
        **{("need", need): 4 * 15 * 2 for need in ("doctor", "food", "talk")},
    }
    kept.close()
