"""Promises about `waypost directory`: it lists, it warns, and it writes one line when asked."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.directory import directory
from bot.directory import confirmed, load
from bot.facts import week
from bot.listing import WIDE, areas_of, care, hours
from bot.model import Directory, Phone, Place, Places, Police, Right, Service, TextId, Town

FLOWS = Path(__file__).parents[1] / "flows"
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def real() -> Directory:
    found, _ = load(FLOWS / "directory", [])
    return found


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    shutil.copytree(FLOWS / "directory", tmp_path / "directory")
    return tmp_path


def run(*words: str, flows: Path = FLOWS) -> Result:
    return CliRunner().invoke(directory, ["--flows", str(flows), *words])


def listed(*words: str) -> Sequence[dict[str, object]]:
    result = run(*words, "--json")
    assert result.exit_code == 0
    rows: list[dict[str, object]] = json.loads(result.output)
    assert rows
    return rows


# Listing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [[], ["--police"], ["--towns"], ["check"]])
def test_a_table_fits_a_terminal(words: list[str]) -> None:
    result = run(*words)
    lines = result.output.splitlines()
    assert result.exit_code == 0
    assert len(lines) > 40
    assert max(map(len, lines)) <= WIDE


def test_the_table_shows_how_to_reach_a_service_and_how_sure_that_is() -> None:
    head, hotline, what, *_ = run().output.splitlines()
    assert head.split() == ["SERVICE", "NUMBER", "HOURS", "SURE", "KNOWN", "FROM"]
    assert hotline.split()[0] == "national-human-trafficking-hotline"
    assert hotline.split()[-3:] == ["24/7", "high", "undated"]
    assert what.strip().startswith("National Human Trafficking Hotline | US: ")


def test_the_keys_for_programs_are_stable() -> None:
    assert list(listed()[0]) == [
        "id", "name", "organization", "kind", "needs", "areas", "numbers", "hours", "minimum_age",
        "maximum_age", "police_contact", "mandated_reporter", "confidence", "status",
        "known_from", "source",
    ]  # fmt: skip
    assert list(listed("--police")[0]) == [
        "id", "name", "kind", "number", "source_type", "known_from",
    ]  # fmt: skip
    assert list(listed("--towns")[0]) == ["town", "part_of", "region", "police", "link", "number"]


def test_the_lists_are_complete(real: Directory) -> None:
    assert [row["id"] for row in listed()] == list(real.services)
    assert [row["id"] for row in listed("--police")] == list(real.police)
    assert [row["town"] for row in listed("--towns")] == list(real.towns)


def test_filters_narrow_the_list() -> None:
    rows = listed(
        "--need", "shelter", "--town", "norwich", "--kind", "shelter", "--language", "es"
    )
    assert "safe-futures" in [row["id"] for row in rows]
    assert all(row["kind"] == "shelter" for row in rows)
    assert "interval-house" not in [row["id"] for row in rows]


def test_a_village_and_a_zip_find_their_town() -> None:
    by_name, by_zip = listed("--town", "06226"), listed("--town", "Willimantic")
    assert by_name == by_zip
    assert "united-services-willimantic" in [row["id"] for row in by_name]


def test_a_name_of_two_towns_is_asked_back_but_an_exact_name_is_taken() -> None:
    result = run("--town", "canaan")
    assert result.exit_code == 1
    assert "'canaan' may be Canaan, North Canaan; write one of them" in result.output
    assert run("--town", "Canaan").exit_code == 0


def test_an_unknown_place_is_answered_with_a_near_one() -> None:
    result = run("--town", "Hartfort")
    assert result.exit_code == 1
    assert "there is no place 'Hartfort'; did you mean 'Hartford'?" in result.output


def test_a_town_lies_in_its_county_and_its_parts_in_their_town(real: Directory) -> None:
    assert areas_of(real, Place("Willimantic")) == {
        "US", "CT", "Windham County", "Windham", "Willimantic",
    }  # fmt: skip


def test_a_town_shows_no_number_that_is_not_confirmed(real: Directory) -> None:
    rows = {row["town"]: row["number"] for row in listed("--towns")}
    silent = {town for town, number in rows.items() if number == "none confirmed"}
    assert silent == {town for town in real.towns if not confirmed(real, town)}
    assert 0 < len(silent) < len(rows)


@pytest.mark.parametrize(
    "text",
    [
        "24/7",
        "Mo-Fr 09:00-12:00,13:00-14:00",
        "Mo 00:00-24:00",
        "Mo-We 08:00-09:00; Sa 10:00-12:30",
    ],
)
def test_hours_are_shown_as_they_were_written(text: str) -> None:
    assert hours(week(text)) == text


def test_unknown_hours_are_not_shown_as_closed() -> None:
    assert hours(None) == ""


# Checking -------------------------------------------------------------------------------------


def test_a_clean_directory_passes_with_warnings() -> None:
    result = run("check")
    assert result.exit_code == 0
    assert re.search(r"towns with no confirmed police number \(\d+\.\d% of the", result.output)
    assert re.fullmatch(
        r"\d+ services, \d+ police, \d+ towns and parts, \d+ rights: no problem",
        result.output.splitlines()[-1],
    )


def test_problems_end_with_code_two_and_are_all_named(flows: Path) -> None:
    path = flows / "directory" / "zips.csv"
    path.write_text(path.read_text().replace("06001,Avon,", "06001,Avonn,"))
    result = run("check", flows=flows)
    assert result.exit_code == 2
    assert result.output.splitlines()[0] == (
        "directory/zips.csv:2: 06001: there is no town 'Avonn'; did you mean 'Avon'?"
    )
    assert result.output.splitlines()[-1].endswith(" rights: 1 problems")
    as_json = json.loads(run("check", "--json", flows=flows).output)
    assert len(as_json["problems"]) == 1


def test_a_broken_directory_is_not_listed(flows: Path) -> None:
    (flows / "directory" / "police.csv").unlink()
    result = run(flows=flows)
    assert result.exit_code == 2
    assert "the file cannot be read" in result.output


def test_the_warnings_for_programs_have_stable_keys() -> None:
    found = json.loads(run("check", "--json").output)
    assert found["problems"] == []
    assert list(found["warnings"]) == [
        "weak", "stale", "undated", "low", "no_number", "towns", "share", "shared",
    ]  # fmt: skip


def test_what_is_weak_is_listed() -> None:
    found = care(sample(), TODAY)
    assert found.weak == ["old", "rights/old-law"]
    assert found.stale == ["stale"]
    assert found.undated == ["undated", "old"]
    assert found.low == ["undated"]
    assert found.no_number == ["undated"]
    assert (found.towns, found.share) == (["There"], 0.25)
    assert found.shared == {"1-860-555-0100": ["old", "stale"]}


def test_a_call_makes_all_of_a_service_fresh() -> None:
    directory = sample()
    called = replace(directory.services["old"], verified="2026-11-20")
    found = care(replace(directory, services={"old": called}), TODAY)
    assert found.weak == ["rights/old-law"]
    assert found.undated == []


def sample() -> Directory:
    """Three services, one agency that is sure in one of its two towns, and one right."""
    phone = Phone("+18605550100", "voice", frozenset(), False, "high", "x", "", "1-860-555-0100")
    agency = Police("pd", "PD", "municipal", replace(phone, date="2026"), "official", "", 2)
    here = Town(Place("Here"), "Here", "Tolland", "Capitol", 300, "pd", "high", (), 2)
    there = replace(here, id=Place("There"), town="There", population=100, link="low")
    law = Right("old-law", TextId("rights/old-law"), "a law", "x", "2012", 1)
    services = [
        service("undated", "", "low"),
        service("old", "2019-01", "high", phone),
        service("stale", "2024-01", "high", replace(phone, date="2026")),
    ]
    return Directory(
        {one.id: one for one in services},
        {"pd": agency},
        {here.id: here, there.id: there},
        Places({}, {}),
        {"old-law": law},
    )


def service(id: str, seen: str, confidence: str, *phones: Phone) -> Service:
    none: frozenset[str] = frozenset()
    rest = ("none", "no", confidence, "active", "x", seen, "")
    return Service(id, id, id, "hotline", none, phones, None, None, None, none, *rest, 1)


# Writing down a call --------------------------------------------------------------------------


def test_a_call_takes_a_service_from_the_warnings(flows: Path) -> None:
    result = run("verify", "fbi-tips", "--on", "2026-11-20", flows=flows)
    assert result.exit_code == 0
    assert result.output.startswith(
        "fbi-tips is verified on 2026-11-20, written to services.yaml:"
    )
    found, _ = load(flows / "directory", [])
    assert found.services["fbi-tips"].verified == "2026-11-20"
    assert "fbi-tips" not in care(found, TODAY).undated


def test_a_call_to_the_police_lets_their_number_be_shown(flows: Path, real: Directory) -> None:
    town = next(town for town in real.towns.values() if _needs_a_call(real, town))
    assert run("verify", town.police, flows=flows).exit_code == 0
    found, _ = load(flows / "directory", [])
    assert confirmed(found, town.id)


def _needs_a_call(real: Directory, town: Town) -> bool:
    has_phone = real.police[town.police].phone is not None
    return has_phone and town.link != "low" and not confirmed(real, town.id)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["iriss"], "there is no service or police 'iriss'; did you mean 'iris'?"),
        (["avon-p"], "there is no service or police 'avon-p'; did you mean 'avon-pd'?"),
        (
            ["danbury-pd"],
            "'danbury-pd' has no number that somebody could have called; write it first",
        ),
        (["iris"], "'iris' has no number that somebody could have called; write it first"),
        (["iris", "--on", "2999-01-01"], "2999-01-01 is in the future; write the day of the call"),
    ],
)
def test_a_call_that_cannot_be_is_not_written(flows: Path, words: list[str], what: str) -> None:
    before = (flows / "directory" / "services.yaml").read_bytes()
    result = run("verify", *words, flows=flows)
    assert result.exit_code == 1
    assert result.output == f"Error: {what}\n"
    assert (flows / "directory" / "services.yaml").read_bytes() == before


def test_the_folder_comes_from_the_program_around_it_unless_it_is_named(flows: Path) -> None:
    result = CliRunner().invoke(directory, ["verify", "ct-211"], obj=flows)
    assert result.exit_code == 0
    found, _ = load(flows / "directory", [])
    assert found.services["ct-211"].verified
