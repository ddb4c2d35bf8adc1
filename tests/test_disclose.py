"""`waypost disclose` prints all that is held about anybody, and nothing is held besides."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import quiet
from bot.cli import main
from bot.load import Program
from bot.usage.store import open_store
from tests.conftest import ROOT


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "usage.db"
    monkeypatch.setenv("WAYPOST_COUNTS", str(path))
    monkeypatch.setenv("WAYPOST_FLOWS", str(ROOT / "flows"))
    monkeypatch.setattr(quiet, "hush", lambda: None)
    return path


def disclosed() -> str:
    done = CliRunner().invoke(main, ["disclose"])
    assert done.exit_code == 0, done.output
    return done.output


DOCUMENT = '{"period": "2025", "total": 44, "tables": []}'


def test_every_row_of_every_table_is_printed(path: Path, shipped: Program) -> None:
    """Read past the program: what stands in the file and is not printed would be held back."""
    store = open_store(str(path), shipped.book.bits)
    store.add({("2026-07", "need", "food"): 3, ("2026-07", "conversation", "started"): 12})
    store.add({("2026-08", "region", "Greater Bridgeport"): 1})
    store.keep("2025", DOCUMENT)
    store.close()
    printed = disclosed().splitlines()
    with closing(sqlite3.connect(path)) as base:
        names = {
            row[0] for row in base.execute("SELECT name FROM sqlite_master") if "_" not in row[0]
        }
        assert names >= {"counts", "declared", "releases", "released"}
        tables = {
            row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        assert tables == {"counts", "declared", "releases", "released"}
        counters = base.execute("SELECT * FROM counts").fetchall()
        documents = base.execute("SELECT document FROM releases").fetchall()
        cells = base.execute("SELECT * FROM released").fetchall()
        declared = set(base.execute("SELECT * FROM declared"))
    assert len(counters) == 3
    assert all(" | ".join(map(str, row)) in printed for row in counters)
    assert [line for line in printed if line.startswith("{")] == [row[0] for row in documents]
    assert cells == [("2025", "conversation", "started", json.loads(DOCUMENT)["total"])]
    assert declared == set(shipped.book.bits), "what may be counted, and stands in flows/"


def test_nothing_else_is_printed(path: Path, shipped: Program) -> None:
    """A sentence before, one between, one after."""
    store = open_store(str(path), shipped.book.bits)
    store.add({("2026-07", "need", "food"): 3})
    store.close()
    lines = [line for line in disclosed().splitlines() if line]
    assert [line for line in lines if " | " in line] == [
        "month | fact | value | n",
        "2026-07 | need | food | 3",
    ]
    assert len(lines) == 5
    assert str(path) not in "\n".join(lines)


def test_an_empty_store_is_said_to_be_empty(path: Path, shipped: Program) -> None:
    open_store(str(path), shipped.book.bits).close()
    assert "No count has been written yet." in disclosed()


@pytest.mark.usefixtures("path")
def test_where_nothing_is_held_that_is_said() -> None:
    done = CliRunner().invoke(main, ["disclose"])
    assert done.exit_code == 1
    assert "There are no counts yet" in done.output
