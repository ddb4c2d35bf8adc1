"""What is counted at the doors, and what `waypost counts` and a Datasette show of it."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from bot import clock, quiet
from bot.cli import main
from bot.config import Settings
from bot.conversation import this_month
from bot.load import Program
from bot.usage import words
from bot.usage.datasette import SHOWN
from bot.usage.model import TOTAL, Batch, StoreError
from bot.usage.store import Kept, Sqlite, open_store
from bot.usage.tally import Tally
from tests.conftest import ROOT
from tests.twilio_fake import Carrier, Clock, settings
from webhook.app import create_app
from webhook.counting import Counting, opened
from webhook.house import build

SAY = words.load(ROOT / "flows")
DOCUMENT = {
    "period": "2025",
    "total": 44,
    "tables": [
        {"dimension": "need", "rows": [{"value": "food", "n": 22}, {"value": "other", "n": 22}]}
    ],
}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the settings say that the counts are."""
    path = tmp_path / "usage.db"
    monkeypatch.setenv("WAYPOST_COUNTS", str(path))
    monkeypatch.setenv("WAYPOST_FLOWS", str(ROOT / "flows"))
    monkeypatch.setattr(quiet, "hush", lambda: None)
    return path


def waypost(*said: str) -> Result:
    return CliRunner().invoke(main, list(said))


@contextmanager
def store(path: Path, program: Program, *, demo: bool = False) -> Iterator[Kept]:
    kept = open_store(str(path), program.book.bits, demo=demo)
    try:
        yield kept
    finally:
        kept.close()


def fill(path: Path, program: Program, counters: Batch, *, demo: bool = False) -> None:
    with store(path, program, demo=demo) as kept:
        kept.add(counters)


# At the doors ------------------------------------------------------------------------------


def counting(path: Path, program: Program) -> Counting:
    kept = Sqlite(path, program.book.bits)
    return Counting(kept, Tally(kept, program.book.bits))


async def test_a_message_that_twilio_brings_again_and_again_counts_once(
    shipped: Program, path: Path
) -> None:
    counts = counting(path, shipped)
    house = build(settings(), shipped, counting=counts, seconds=Clock())
    carrier = Carrier(create_app(house))
    for said in ("hi", "1", "1", "2"):
        fields = carrier.message(said)
        answers = {(await carrier.bring(fields)).content for _ in range(4)}
        assert len(answers) == 1
    await counts.end()
    month = this_month()
    with store(path, shipped) as kept:
        found = {key: n for key, n in kept.counts(month, month).items() if key[0] != "shown"}
    assert found[TOTAL] == 1
    assert found["channel", "sms"] == 1
    assert set(found.values()) == {1}
    assert len(found) >= 3


async def test_a_store_that_always_fails_costs_nobody_an_answer(
    shipped: Program, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken(Sqlite):
        def add(self, _batch: Batch) -> None:
            raise StoreError("2035550142")

    kept = Broken(path, shipped.book.bits)
    tally = Tally(kept, shipped.book.bits, seconds=lambda: 0.0, dice=lambda: 0.0)
    counts = Counting(kept, tally)
    carrier = Carrier(create_app(build(settings(), shipped, counting=counts)))
    plain = Carrier(create_app(build(settings(), shipped)))
    for said in ["hi", "1", "9"] * 6 + ["hi"] * 3:
        assert await carrier.text(said) == await plain.text(said)
        tally.flush(this_month())
    await counts.end()
    assert tally.waiting()[this_month(), *TOTAL] >= 6
    assert capsys.readouterr().err.splitlines() == [
        "counts cannot be written; they are kept and tried again"
    ]


def test_nothing_real_is_counted_among_a_demonstration(shipped: Program, path: Path) -> None:
    fill(path, shipped, {("2026-07", *TOTAL): 44}, demo=True)
    counts = opened(Settings(), shipped)
    assert counts is not None
    assert counts.tally is None
    assert counts.told.endswith("nothing is counted")
    counts.store.close()


def test_counting_can_be_off(shipped: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYPOST_COUNTS", "Off")
    assert opened(Settings(), shipped) is None
    assert waypost("counts").exit_code == 1


SERVE = [sys.executable, "-c", "from bot.cli import main; main()", "serve", "--port", "0"]


def serving(path: Path | str) -> subprocess.Popen[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("WAYPOST_")}
    return subprocess.Popen(
        SERVE,
        cwd=ROOT,
        env={**kept, "WAYPOST_COUNTS": str(path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def chat(url: str, *said: str) -> None:
    with httpx.Client() as browser:
        page = browser.get(url)
        for each in said:
            hidden = dict(re.findall(r'name="(page|state)" value="([^"]*)"', page.text))
            page = browser.post(url, data={**hidden, "say": each})
            assert page.status_code == 200


def test_a_server_that_is_told_to_stop_has_written_every_conversation(path: Path) -> None:
    """The real one, by the real door; three talks wait in memory when the signal comes."""
    process = serving(path)
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1] + "/"
    assert process.stdout.readline() == f"Usage is counted in {path}\n"
    try:
        for need in ("1", "2", "3"):
            chat(url, "1", "1", need)
        before = open_store(str(path), make=False)
        assert before.rows() == []
        before.close()
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert (out, err) == ("", "")
    after = open_store(str(path), make=False)
    month = this_month()
    found = after.counts(month, month)
    after.close()
    assert found[TOTAL] == 3
    assert found["channel", "web"] == 3
    assert found["for_whom", "me"] == 3
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_server_does_not_start_with_a_file_that_is_not_its_counts(path: Path) -> None:
    path.write_text("a letter to my aunt\n" * 300, encoding="utf-8")
    process = serving(path)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "not one of Waypost's counts" in err
    assert "WAYPOST_COUNTS" in err
    assert path.read_text(encoding="utf-8").startswith("a letter to my aunt\n")


def test_the_terminal_the_transcripts_and_the_doctor_count_nothing(path: Path) -> None:
    """They do not even open the file."""
    talk = CliRunner().invoke(
        main, ["chat", "--locales", str(ROOT / "locales")], input="hi\n1\n0\n9\n"
    )
    assert "1-888-373-7888" in talk.output
    waypost("test", "--locales", str(ROOT / "locales"), str(ROOT / "tests" / "transcripts"))
    waypost("doctor")
    assert not path.exists()


# What may be told -----------------------------------------------------------------------------


def told(monkeypatch: pytest.MonkeyPatch, today: date) -> list[str]:
    monkeypatch.setattr(clock, "today", lambda: today)
    done = waypost("counts")
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


def test_with_little_use_the_quarter_is_told_and_no_month(
    path: Path, shipped: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path, shipped, {("2026-07", *TOTAL): 20, ("2026-08", *TOTAL): 5, ("2025-08", *TOTAL): 9})
    lines = told(monkeypatch, date(2026, 8, 15))
    assert lines[0] == "July to September 2026 so far: 25 conversations."
    assert len(lines) == 2


def test_with_much_use_the_month_is_told(
    path: Path, shipped: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path, shipped, {("2025-03", *TOTAL): 3000, ("2026-08", *TOTAL): 1300})
    assert told(monkeypatch, date(2026, 8, 15))[0] == "August 2026 so far: 1,300 conversations."


@pytest.mark.parametrize("n", [0, 1, 10])
def test_fewer_than_eleven_is_all_that_is_said_of_a_few(
    n: int, path: Path, shipped: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path, shipped, {("2026-08", *TOTAL): n} if n else {("2026-05", *TOTAL): 50})
    lines = told(monkeypatch, date(2026, 8, 15))
    assert lines[0] == "July to September 2026 so far: fewer than 11 conversations."


def test_nothing_of_a_dimension_is_told_before_it_is_released(
    path: Path, shipped: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = shipped.book.answers["need"].values
    fill(path, shipped, {("2026-08", "need", need): 37 + n for n, need in enumerate(needs)})
    text = "\n".join(told(monkeypatch, date(2026, 8, 15)))
    assert not re.search(r"\b(3[7-9]|4[0-9]|5[0-9])\b", text)
    assert not [need for need in needs if need in text]


def test_made_up_counts_are_called_so(
    path: Path, shipped: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path, shipped, {("2026-08", *TOTAL): 44}, demo=True)
    assert any(line.startswith("DEMO") for line in told(monkeypatch, date(2026, 8, 15)))


@pytest.mark.usefixtures("path")
def test_where_there_are_no_counts_yet_that_is_said() -> None:
    done = waypost("counts")
    assert done.exit_code == 1
    assert "There are no counts yet" in done.output


# Datasette --------------------------------------------------------------------------------------


async def test_a_datasette_shows_what_was_published_and_refuses_the_counters(
    path: Path, shipped: Program, tmp_path: Path
) -> None:
    """With its own client, over the file as it is and the metadata that `waypost counts` makes."""
    from datasette.app import Datasette  # type: ignore[import-untyped]  # it ships no types

    fill(path, shipped, {("2025-07", "need", "food"): 3, ("2025-07", *TOTAL): 47})
    with store(path, shipped) as kept:
        kept.keep("2025", json.dumps(DOCUMENT))
    done = waypost("counts", "--datasette", str(tmp_path / "metadata.json"))
    assert done.exit_code == 0, done.output
    metadata = json.loads((tmp_path / "metadata.json").read_text(encoding="utf-8"))
    site = Datasette([str(path)], metadata=metadata)
    try:
        rows = (await site.client.get("/usage/released.json?_shape=array")).json()
        assert {(row["dimension"], row["value"], row["n"]) for row in rows} == {
            (*TOTAL, 44), ("need", "food", 22), ("need", "other", 22),
        }  # fmt: skip
        page = (await site.client.get("/usage/released")).text
        assert SAY.say("lines/datasette/n") in page
        assert SAY.say("lines/datasette/source") in page
        home = (await site.client.get("/")).text
        assert SAY.say("lines/datasette/title") in home
        for hidden in ("counts", "declared"):
            assert (await site.client.get(f"/usage/{hidden}.json")).status_code == 403
        asked = await site.client.get("/usage.json?sql=select+*+from+counts")
        assert asked.status_code == 403
    finally:
        site.get_database("usage").close()
        for each in site.databases.values():
            each.close()


def test_every_column_of_what_a_datasette_shows_is_described(path: Path, shipped: Program) -> None:
    fill(path, shipped, {("2026-08", *TOTAL): 11})
    with closing(sqlite3.connect(path)) as base:
        tables = {
            row[0]
            for row in base.execute(
                "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE TABLE%'"
            )
        }
        assert tables == {*SHOWN, "counts", "declared"}
        for table, columns in SHOWN.items():
            found = [row[1] for row in base.execute(f"PRAGMA table_info({table})")]
            assert found == [*columns]
