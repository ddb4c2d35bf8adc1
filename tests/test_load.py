"""Nothing half-loaded runs: one problem anywhere stops the start, and all are told at once."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.load import Program, languages, load
from bot.model import SOURCE, Book, Language
from bot.source import FilesError
from tests.conftest import ROOT, TODAY


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for folder in ("flows", "locales"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def problems(here: Path) -> list[str]:
    with pytest.raises(FilesError) as caught:
        load(here / "flows", here / "locales", today=TODAY)
    return str(caught.value).splitlines()


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_flow_the_directory_and_a_catalog_are_told_together(here: Path) -> None:
    spoil(here / "flows/what.yaml", "go: work", "go: worrk")
    spoil(here / "flows/directory/police.csv", "ansonia-pd,Ansonia", "ansonia-pd,,Ansonia")
    spoil(here / "locales/es/LC_MESSAGES/waypost.po", "En una emergencia", "")
    told = problems(here)
    files = {line.split(":")[0] for line in told}
    assert {"what.yaml", "directory/police.csv", "locales/es/LC_MESSAGES/waypost.po"} <= files
    assert told == sorted(told, key=lambda line: (line.split(":")[0], int(line.split(":")[1])))


def test_a_choice_into_a_language_without_a_catalog_is_refused(here: Path) -> None:
    offered = languages(here / "locales")
    shutil.rmtree(here / "locales" / "es")
    told = [line for line in problems(here) if "has no catalog" in line]
    assert [line.split(": ", 1)[1] for line in told] == [
        "'es' has no catalog; run 'waypost translate update --language es'"
    ]
    assert languages(here / "locales") == tuple(each for each in offered if each != "es")


def test_more_counted_facts_than_a_conversation_can_remember_are_refused(here: Path) -> None:
    """Each has a bit of the sealed state, and one more bit is the month's."""
    more = ", ".join(f"kind_{'abcdefghijklmnopqrstuvwxyz'[n]}" for n in range(26))
    spoil(here / "flows/answers.yaml", "provider, rights", f"provider, rights, {more}")
    assert [line for line in problems(here) if "facts are counted" in line]


def test_an_unknown_folder_is_told_and_not_a_crash(tmp_path: Path) -> None:
    told = problems(tmp_path)
    assert told
    assert all(": " in line for line in told)


def test_unconfirmed_police_numbers_are_shown_only_by_the_setting(shipped: Program) -> None:
    shown = load(ROOT / "flows", ROOT / "locales", today=TODAY, show_unconfirmed=True)
    without = shipped.book.police["Bethel", SOURCE]
    with_it = shown.book.police["Bethel", SOURCE]
    assert [offer.shows for offer in without.offers] == ["emergency"]
    assert [offer.shows for offer in with_it.offers] == ["police", "emergency"]
    assert [text.id for text in without.texts] == ["always/phrases/police_unconfirmed"]
    assert [text.id for text in with_it.texts] == ["always/phrases/police_unconfirmed_number"]


def test_a_confirmed_number_is_shown_the_same_with_and_without_the_setting(
    shipped: Program,
) -> None:
    reply = shipped.book.police["Bridgeport", SOURCE]
    assert reply.texts == ()
    assert [offer.shows for offer in reply.offers] == ["police", "emergency"]


def test_every_town_has_an_answer_about_its_police_in_every_language(shipped: Program) -> None:
    towns = shipped.book.directory.towns
    assert len({town.town for town in towns.values()}) == 169
    for language in shipped.book.words:
        for town in (*towns, "", "outside"):
            assert shipped.book.police[town, language].offers[-1].shows == "emergency"


def test_a_loaded_book_is_the_same_twice(shipped: Program) -> None:
    again = load(ROOT / "flows", ROOT / "locales", today=TODAY)

    def told(book: Book) -> Book:  # what learns when it is asked is made anew
        return replace(book, sources={}, guess=expected)

    assert told(again.book) == told(shipped.book)


def expected(_text: str, language: Language) -> Language:
    """No guess."""
    return language
