"""Promises about the directory: every fact has a source, no doubtful number is shown as sure."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from bot.directory import (
    KINDS,
    NEEDS,
    TOPICS,
    confirmed,
    known_from,
    load,
    troop,
)
from bot.facts import street
from bot.model import Directory, Phone, Place, Source, TextId, Town
from bot.source import Problem, Spot

FOLDER = Path(__file__).parents[1] / "flows" / "directory"
FILES = ("services.yaml", "police.csv", "towns.csv", "places.csv", "zips.csv", "rights.yaml")
REFUSALS = Path(__file__).parent / "refusals" / "directory"
COUNT = "there are 6 towns here"
TODAY = date(2026, 11, 22)
Loaded = tuple[Directory, dict[TextId, Source]]


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    problems: list[Problem] = []
    found = load(FOLDER, problems)
    assert problems == []
    return found


@pytest.fixture(scope="module")
def real(loaded: Loaded) -> Directory:
    return loaded[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "directory"
    shutil.copytree(FOLDER, copy)
    return copy


def change(folder: Path, file: str, old: str, new: str) -> int:
    """Replace the first `old` of a file; gives the line it began in."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file}; mend this test"
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def problems_of(folder: Path) -> list[Problem]:
    problems: list[Problem] = []
    load(folder, problems, TODAY)
    return problems


# The shipped files --------------------------------------------------------------------------


def test_the_shipped_files_hold_what_was_researched(loaded: Loaded) -> None:
    real, texts = loaded
    assert len(real.services) > 60
    assert len(real.police) > 150
    assert len(real.places.zips) > 400
    assert len(real.places.names) > 554
    assert len(texts) == len(real.rights) >= 24


def test_all_169_towns_are_there_with_all_their_people(real: Directory) -> None:
    whole = [town for town in real.towns.values() if town.id == town.town]
    assert len(whole) == 169
    assert sum(town.population for town in real.towns.values()) == 3_605_944
    assert {town.county for town in whole} == {
        "Fairfield", "Hartford", "Litchfield", "Middlesex",
        "New Haven", "New London", "Tolland", "Windham",
    }  # fmt: skip


def test_every_service_and_every_number_has_a_source(real: Directory) -> None:
    phones = [phone for service in real.services.values() for phone in service.phones]
    phones += [police.phone for police in real.police.values() if police.phone]
    assert len(phones) > 250
    assert all(phone.source and phone.confidence in {"high", "medium", "low"} for phone in phones)
    assert all(service.source and service.needs for service in real.services.values())


def test_dates_are_written_or_left_out_but_never_made_up(real: Directory) -> None:
    dates = [service.date for service in real.services.values()]
    dates += [phone.date for service in real.services.values() for phone in service.phones]
    dates += [right.as_of for right in real.rights.values()]
    assert len([seen for seen in dates if seen]) > 90
    assert all(re.fullmatch(r"(\d{4}(-\d\d){0,2})?", seen) for seen in dates)


def test_a_name_that_is_shown_is_short(real: Directory) -> None:
    names = [service.name for service in real.services.values()]
    assert names
    assert max(map(len, names)) <= 60


@pytest.mark.parametrize("file", [*FILES, "README.md"])
def test_no_file_holds_a_street_address(file: str) -> None:
    lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()
    assert len(lines) > 20
    assert [line for line in lines if street(line)] == []


def test_every_need_has_a_service_that_can_be_reached(real: Directory) -> None:
    found = {
        need for service in real.services.values() if service.phones for need in service.needs
    }
    assert found == NEEDS
    assert {service.kind for service in real.services.values()} <= KINDS


def test_every_topic_of_the_rights_has_four_to_six_texts(loaded: Loaded) -> None:
    _, texts = loaded
    for topic in TOPICS:
        assert len([text for text in texts.values() if f"({topic})" in text.note]) in {4, 5, 6}


def test_a_right_is_said_in_plain_letters_with_no_promise(loaded: Loaded) -> None:
    real, texts = loaded
    assert texts
    for id, text in texts.items():
        assert str(id).startswith("rights/")
        assert text.said.isascii()
        assert len(text.said) <= text.most == 280
        assert not re.search(r"\b(you will|guarantee[a-z]*|your trafficking)\b", text.said, re.I)
    assert "vacatur-not-in-force-bill" not in real.rights


def test_what_is_not_law_or_not_for_a_person_is_kept_but_not_shown(real: Directory) -> None:
    written = re.findall(r"^([a-z0-9-]+):$", (FOLDER / "rights.yaml").read_text("utf-8"), re.M)
    assert len(written) == 47
    assert {"vacatur-not-in-force-bill", "hourly-rooms"} <= set(written) - set(real.rights)


# Whose number may be shown --------------------------------------------------------------------


@pytest.fixture(scope="module")
def uncalled(real: Directory) -> Directory:
    """The real directory, as if nobody had called anywhere."""
    police = {id: replace(agency, verified="") for id, agency in real.police.items()}
    return replace(real, police=police)


def called(directory: Directory, id: str) -> Directory:
    police = {**directory.police, id: replace(directory.police[id], verified="2026-11-20")}
    return replace(directory, police=police)


def has_phone(directory: Directory, town: Town) -> bool:
    return directory.police[town.police].phone is not None


def test_a_number_only_a_data_set_gave_is_never_confirmed(uncalled: Directory) -> None:
    doubtful = [
        town.id
        for town in uncalled.towns.values()
        if uncalled.police[town.police].source_type in {"dataset", "directory", "none"}
    ]
    assert doubtful
    assert all(confirmed(uncalled, town) is None for town in doubtful)


def test_the_police_of_a_town_are_never_confirmed_where_the_link_is_low(real: Directory) -> None:
    weak = [town.id for town in real.towns.values() if town.link == "low"]
    assert weak
    assert all(confirmed(real, town) is None and troop(real, town) is None for town in weak)


def test_most_people_live_where_the_police_have_a_confirmed_number(real: Directory) -> None:
    sure = sum(town.population for town in real.towns.values() if confirmed(real, town.id))
    assert sure / 3_605_944 > 0.8


def test_an_operator_may_show_unconfirmed_numbers_but_none_are_made_up(real: Directory) -> None:
    for town in real.towns.values():
        found = confirmed(real, town.id, show_unconfirmed=True)
        assert (found is not None) == has_phone(real, town)
        assert found is None or found.id == town.police


def test_a_call_confirms_the_number_of_a_data_set(uncalled: Directory) -> None:
    towns = [
        town
        for town in uncalled.towns.values()
        if town.link != "low" and has_phone(uncalled, town) and not confirmed(uncalled, town.id)
    ]
    assert towns
    for town in towns:
        found = confirmed(called(uncalled, town.police), town.id)
        assert found is not None
        assert known_from(found) == "2026-11-20"


def test_a_call_does_not_make_the_police_those_of_a_town(real: Directory) -> None:
    weak = [town for town in real.towns.values() if town.link == "low"]
    assert weak
    assert all(confirmed(called(real, town.police), town.id) is None for town in weak)


def test_the_state_police_stand_in_where_they_are_confirmed(real: Directory) -> None:
    found = {town: agency for town in real.towns.values() if (agency := troop(real, town.id))}
    assert found
    for town, agency in found.items():
        assert agency.kind == "state_troop"
        assert agency.id in town.also_police
    assert troop(real, Place("Hartford")) is None


# What is refused ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Refusal:
    """One case of refusals/directory.txt."""

    file: str
    old: str
    new: str
    problems: list[str]


def refusals() -> list[Refusal]:
    text = REFUSALS.with_suffix(".txt").read_text(encoding="utf-8")
    blocks = [block.splitlines() for block in text.split("\n\n") if block.startswith("file ")]
    return [_refusal(block) for block in blocks]


def _refusal(block: list[str]) -> Refusal:
    """One block. Without > lines the < lines are cut out, with the end of the last."""
    old, new, problems = ([line[2:] for line in block if line[0] == sign] for sign in "<>=")
    ending = "" if new else "\n"
    file = block[0].removeprefix("file ")
    return Refusal(file, "\n".join(old) + ending, "\n".join(new), problems)


def test_the_small_folder_is_sound_but_for_its_count_of_towns() -> None:
    what = f"{COUNT}, Connecticut has 169; put each in one row"
    assert [problem.what for problem in problems_of(REFUSALS)] == [what]


def test_there_are_refusals_of_every_file() -> None:
    assert len(refusals()) > 70
    assert {case.file for case in refusals()} == set(FILES)


@pytest.mark.parametrize("case", refusals())
def test_what_is_badly_written_is_refused_in_a_sentence(tmp_path: Path, case: Refusal) -> None:
    folder = shutil.copytree(REFUSALS, tmp_path / "directory")
    change(folder, case.file, case.old, case.new)
    name = f"directory/{case.file}"
    found = [problem.what for problem in problems_of(folder) if problem.spot.file == name]
    assert [what for what in found if not what.startswith(COUNT)] == case.problems


def test_a_problem_names_the_line_it_is_in(folder: Path) -> None:
    line = change(folder, "services.yaml", "  kind: hotline", "  kind: hotlin")
    assert [problem.spot for problem in problems_of(folder)] == [
        Spot("directory/services.yaml", line)
    ]


def test_two_services_cannot_have_one_id(folder: Path) -> None:
    change(folder, "services.yaml", "\ncceh:\n", "\niris:\n")
    assert [problem.what.split(" (")[0] for problem in problems_of(folder)] == [
        "'iris' is given twice"
    ]


def test_a_missing_town_is_noticed(folder: Path) -> None:
    text = (folder / "towns.csv").read_text("utf-8")
    (folder / "towns.csv").write_text(re.sub(r"^Union,.*\n", "", text, flags=re.M), "utf-8")
    what = "there are 168 towns here, Connecticut has 169; put each in one row"
    assert what in [problem.what for problem in problems_of(folder)]


def test_a_town_cannot_stand_in_two_rows(folder: Path) -> None:
    line = change(folder, "towns.csv", "Union,Union,", "Andover,Andover,")
    found = [problem for problem in problems_of(folder) if problem.spot.file.endswith("towns.csv")]
    assert f"directory/towns.csv:{line}: Andover: this town is in line 2 too; keep one" in map(
        str, found
    )


def test_every_problem_of_the_folder_is_found_in_one_run(folder: Path) -> None:
    change(folder, "services.yaml", "  kind: hotline", "  kind: hotlin")
    change(folder, "police.csv", "+18604094200", "860")
    change(folder, "zips.csv", "06001,Avon,", "06001,Avonn,")
    change(folder, "rights.yaml", "  topic: work", "  topic: wrk")
    assert {problem.spot.file for problem in problems_of(folder)} == {
        "directory/services.yaml", "directory/police.csv",
        "directory/zips.csv", "directory/rights.yaml",
    }  # fmt: skip


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_gone_is_a_problem_and_no_crash(folder: Path, file: str) -> None:
    (folder / file).unlink()
    what = "the file cannot be read (No such file or directory); check that it is there"
    assert f"directory/{file}:1: {what}" in map(str, problems_of(folder))


def test_a_phone_may_be_undated_and_unspoken_but_is_never_guessed(real: Directory) -> None:
    phones = [phone for service in real.services.values() for phone in service.phones]
    silent: list[Phone] = [phone for phone in phones if not phone.languages]
    assert silent
    assert any(not phone.date for phone in phones)
