"""How towns are written in other scripts: they mean the town, and nothing is guessed."""

from __future__ import annotations

from pathlib import Path

from bot import spellings
from bot.load import Program
from bot.matching import find_places, fold
from bot.model import Directory, Place
from bot.source import Problem
from tests.conftest import ROOT

OTHER_SCRIPTS = ("ar", "hi", "ko", "ru", "th", "uk", "zh_Hans", "zh_Hant")
LARGER = ("Bridgeport", "Stamford", "New Haven", "Hartford", "Waterbury", "Norwalk", "Danbury")


def read(tmp_path: Path, known: Directory, *rows: str) -> tuple[Directory, list[str]]:
    folder = tmp_path / "locales" / "ko"
    folder.mkdir(parents=True)
    (folder / "towns.csv").write_text("\n".join(["name,town", *rows, ""]), encoding="utf-8")
    problems: list[Problem] = []
    return spellings.read(tmp_path / "locales", known, problems), [*map(str, problems)]


def test_the_larger_towns_are_understood_in_every_script(shipped: Program) -> None:
    places = shipped.book.directory.places
    for language in OTHER_SCRIPTS:
        file = ROOT / "locales" / language / "towns.csv"
        rows = [line.split(",") for line in file.read_text(encoding="utf-8").splitlines()[1:]]
        assert {*LARGER} <= {town for _, town in rows}, language
        for name, town in rows:
            found = find_places(fold(name), places, frozenset())
            assert found == find_places(fold(town), places, frozenset()), (language, name)


def test_a_spelling_means_what_the_town_means(tmp_path: Path, shipped: Program) -> None:
    """A town whose parts have their own police is asked back in every script."""
    known, problems = read(tmp_path, shipped.book.directory, "그로턴시험,Groton")
    assert problems == []
    assert len(known.places.names["groton"]) > 1
    assert known.places.names[fold("그로턴시험")] == known.places.names["groton"]


def test_a_town_inside_a_sentence_without_blanks_is_found(shipped: Program) -> None:
    found = find_places(fold("我在布里奇波特附近"), shipped.book.directory.places, frozenset())
    assert found == (Place("Bridgeport"),)


def test_an_unknown_town_is_told_with_its_line(tmp_path: Path, shipped: Program) -> None:
    _, problems = read(tmp_path, shipped.book.directory, "하트퍼드,Hartfort")
    expected = "locales/ko/towns.csv:2: there is no town 'Hartfort'; did you mean 'Hartford'?"
    assert problems == [expected]


def test_a_spelling_of_two_towns_is_refused(tmp_path: Path, shipped: Program) -> None:
    _, problems = read(tmp_path, shipped.book.directory, "시험,Hartford", "시험,Norwalk")
    assert problems == ["locales/ko/towns.csv:3: '시험' means Hartford already; remove one"]


def test_a_spelling_without_letters_is_refused(tmp_path: Path, shipped: Program) -> None:
    _, problems = read(tmp_path, shipped.book.directory, "…,Hartford")
    told = "locales/ko/towns.csv:2: this spelling has no letters; write the name of the town"
    assert problems == [told]
