"""`waypost release` as a clerk runs it: what is published, what is refused, what is written."""

from __future__ import annotations

import csv
import json
import re
import string
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import clock, quiet
from bot.cli import main
from bot.usage import forms, periods, words
from bot.usage.model import Release, Table
from bot.usage.release import Refusal, make
from bot.usage.store import open_store
from tests.conftest import ROOT
from tests.usage_years import DECLARED, MONTHS

PAIRS = {(name, value) for name, values in DECLARED.items() for value in values}
PAIRS |= {("conversation", "started")}
SAID = words.load(ROOT / "flows")


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A year of 200 conversations a month, after one of 2,000; it is January 2026."""
    path = tmp_path / "counts.db"
    fill(path)
    monkeypatch.setenv("WAYPOST_COUNTS", str(path))
    monkeypatch.setenv("WAYPOST_FLOWS", str(ROOT / "flows"))
    monkeypatch.setenv("WAYPOST_LOCALES", str(ROOT / "locales"))
    monkeypatch.setattr(clock, "today", lambda: date(2026, 1, 20))
    monkeypatch.setattr(quiet, "hush", lambda: None)
    return path


def fill(path: Path, *, demo: bool = False) -> None:
    store = open_store(str(path), PAIRS, demo=demo)
    store.add({("2024-06", "conversation", "started"): 2_000})
    for month in MONTHS:
        store.add({(month, "conversation", "started"): 200, (month, "channel", "sms"): 150})
        store.add({(month, "channel", "web"): 48, (month, "channel", "telegram"): 2})
        store.add({(month, "shown", "police"): 90})
    store.close()


def waypost(*said: str) -> Result:
    return CliRunner().invoke(main, ["release", *said])


def kept(path: Path) -> list[Release]:
    store = open_store(str(path), make=False)
    try:
        return [forms.from_json(each) for each in store.releases()]
    finally:
        store.close()


def test_a_release_is_shown_and_kept_for_good(counted: Path) -> None:
    done = waypost("2025-Q3")
    assert done.exit_code == 0, done.output
    assert "July to September 2025: 600" in done.output
    assert "text message (SMS)" in done.output
    assert [each.period for each in kept(counted)] == ["2025-Q3"]


def test_a_dry_run_shows_the_same_and_keeps_nothing(counted: Path) -> None:
    dry = waypost("2025-Q3", "--dry-run", "--json")
    assert kept(counted) == []
    assert "Nothing was published" in dry.stderr
    assert waypost("2025-Q3", "--json").stdout == dry.stdout
    assert kept(counted) == [forms.from_json(dry.stdout)]


def test_a_dry_run_writes_no_file(counted: Path, tmp_path: Path) -> None:
    done = waypost("2025-Q3", "--dry-run", "--csv", str(tmp_path / "a.csv"))
    assert done.exit_code == 2
    assert not (tmp_path / "a.csv").exists()
    assert kept(counted) == []


def test_what_was_published_is_written_out_again_and_never_made_again(
    counted: Path, tmp_path: Path
) -> None:
    assert waypost("2025-Q3").exit_code == 0
    again = waypost("2025-Q3")
    assert again.exit_code == 1
    assert "never changes" in again.output
    store = open_store(str(counted), PAIRS)
    store.add({("2025-08", "conversation", "started"): 500})
    store.close()
    done = waypost(
        "2025-Q3", "--csv", str(tmp_path / "a.csv"), "--csv-folder", str(tmp_path / "all")
    )
    assert done.exit_code == 0, done.output
    assert len(kept(counted)) == 1
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["n"] == "600"
    assert {path.name for path in (tmp_path / "all").iterdir()} >= {"2025-Q3-channel.csv"}


def test_a_year_is_the_sum_of_the_quarters_that_were_kept(counted: Path) -> None:
    for label in ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2025"):
        assert waypost(label).exit_code == 0
    *quarters, year = kept(counted)
    assert year.total == sum(each.total or 0 for each in quarters) == 2_400


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("last week", "There is no period"),
        ("2025-13", "There is no period"),
        ("2026-Q1", "not over"),
        ("2025-07", "by itself"),
        ("2023", "fewer than 11"),
    ],
)
@pytest.mark.usefixtures("counted")
def test_a_period_that_cannot_be_published_is_told_in_a_sentence(label: str, said: str) -> None:
    done = waypost(label)
    assert said in done.output
    assert done.exit_code == (0 if label == "2023" else 1)
    assert "Traceback" not in done.output


def test_without_counts_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYPOST_FLOWS", str(ROOT / "flows"))
    monkeypatch.setattr(quiet, "hush", lambda: None)
    for where, said in ((str(tmp_path / "none.db"), "no counts yet"), ("off", "off")):
        monkeypatch.setenv("WAYPOST_COUNTS", where)
        done = waypost("2025")
        assert done.exit_code == 1
        assert said in done.output


@pytest.mark.usefixtures("counted")
def test_a_folder_that_cannot_be_written_is_told_and_the_release_stands(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = waypost("2025-Q3", "--csv-folder", str(tmp_path / "file" / "below"))
    assert done.exit_code == 1
    assert "Published for good" in done.output
    assert "Traceback" not in done.output


def test_a_demonstration_is_marked_in_every_form(
    counted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = tmp_path / "demo.db"
    fill(demo, demo=True)
    monkeypatch.setenv("WAYPOST_COUNTS", str(demo))
    done = waypost("2025", "--csv", str(tmp_path / "a.csv"))
    assert "DEMO" in done.output
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()[1].endswith("DEMO")
    assert json.loads(waypost("2025", "--json").stdout)["demo"] is True
    assert kept(counted) == []


# The sentences -----------------------------------------------------------------------------------

SENTENCES = ROOT / "bot" / "usage" / "release.py"


def test_every_refusal_has_its_sentence_and_every_sentence_a_refusal() -> None:
    raised = {*re.findall(r'_RefusedError\(\s*"(\w+)"', SENTENCES.read_text(encoding="utf-8"))}
    assert len(raised) > 5
    assert raised == {*SAID.section("refusals")}


def test_every_note_has_its_sentence() -> None:
    noted = {"fewer", "left_out", "uneven", "totals_only", "rolled_up", "not_asked_rolled_up"}
    noted |= {"nothing_alone", "not_published"}
    text = SENTENCES.read_text(encoding="utf-8")
    assert all(f'"{key}"' in text for key in noted)
    assert noted == {*SAID.section("notes")}
    assert not [s for s in SAID.section("notes").values() if list(fields(s))], "notes stand alone"


def fields(sentence: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(sentence) if name]


def test_a_refusal_fills_all_its_sentence_asks_for() -> None:
    filled = {
        "not_over": Refusal("", {"period": "", "day": ""}),
        "too_fine": make(
            periods.parse("2025-01"), {}, [], DECLARED, 12, today=date(2026, 1, 20)
        ),
        "inside": make(
            periods.parse("2025-Q1"), {}, [Release("2025", 20, (Table("need", ()),))], DECLARED,
            5_000, today=date(2026, 1, 20),
        ),
    }  # fmt: skip
    for key in SAID.section("refusals"):
        made = filled.get(key, Refusal(key, {"period": "2025"}))
        assert isinstance(made, Refusal)
        assert SAID.say(f"refusals/{key}", **made.args)
