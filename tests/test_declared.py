"""Promises about what is declared once: answers are closed, and what works everywhere is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import declared, texts
from bot.declared import KNOWN, PLACE, SECTIONS
from bot.fields import FILLED, PLACEHOLDER
from bot.load import Program
from bot.model import SOURCE, Answer, Finds, Language, TextId
from bot.offers import PHRASES
from bot.source import Problem
from tests.authors import DIRECTORY, FILES, Mistake, edited, mistakes, names, read, told, write

MISTAKES = mistakes("declared.txt")


@pytest.mark.parametrize("mistake", MISTAKES, ids=names(MISTAKES))
def test_a_mistake_in_what_is_declared_is_told_with_its_line(
    mistake: Mistake, tmp_path: Path
) -> None:
    assert mistake.told(tmp_path / "flows") == list(mistake.says)


def answers(folder: Path, languages: tuple[Language, ...] = (SOURCE,)) -> dict[str, Answer]:
    problems: list[Problem] = []
    found = declared.read_answers(write(folder), DIRECTORY, languages, problems)
    assert problems == []
    return found


def test_an_answer_has_its_values_in_their_order(tmp_path: Path) -> None:
    found = answers(tmp_path / "flows")
    assert found["age"] == Answer("age", ("adult", "minor", "unsaid"), False, {})
    assert found["channel"].counted


def test_what_the_program_offers_are_the_values_of_an_answer(tmp_path: Path) -> None:
    """A town is one of the directory, or outside; a language one that is spoken here."""
    found = answers(tmp_path / "flows", (SOURCE, Language("es")))
    assert found["town"].values == ("Avon", "Canton", "outside")
    assert found["language"].values == ("en", "es")


def test_a_need_says_what_it_looks_for_the_best_first(tmp_path: Path) -> None:
    need = answers(tmp_path / "flows")["need"]
    assert need.values == ("bed", "lawyer")
    assert need.finds["bed"] == Finds(("shelter",), ("shelter", "hotline"))


def test_always_names_the_flows_and_contacts_that_are_always_there(tmp_path: Path) -> None:
    problems: list[Problem] = []
    found = declared.read_always(write(tmp_path / "flows"), DIRECTORY, PHRASES, {}, problems)
    assert problems == []
    assert (found.landing, found.danger) == ("start", "danger")
    assert (found.help_line, found.emergency) == ("help-line", "emergency")
    assert found.languages == (SOURCE,)


def test_a_language_may_have_a_country(tmp_path: Path) -> None:
    english = '  en: "english"\n'
    more = english + '  pt_BR: "português"\n  zh_Hant: "中文"\n'
    folder = write(tmp_path / "flows")
    assert told(write(folder, {"always.yaml": edited("always.yaml", english, more)})) == []


def test_words_that_people_send_may_be_numbers(tmp_path: Path) -> None:
    """A number among them is heard, and never shown as a contact."""
    gun = 'also: "he has a gun, in danger"'
    files = {"always.yaml": edited("always.yaml", gun, 'also: "911, call 911, in danger"')}
    assert told(write(write(tmp_path / "flows"), files)) == []


@pytest.mark.parametrize("section", SECTIONS)
def test_no_section_may_be_missing(section: str, tmp_path: Path) -> None:
    lines = FILES["always.yaml"].splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if line.startswith(f"{section}:"))
    after = (at for at, line in enumerate(lines) if at > first and not line.startswith(" "))
    rest = "".join([*lines[:first], *lines[next(after, len(lines)) :]])
    found = told(write(write(tmp_path / "flows"), {"always.yaml": rest}))
    assert found == [f"always.yaml:1: always.yaml needs '{section}:'; add it"]


def test_every_phrase_that_needs_a_name_has_one_of_those_that_texts_fill_in() -> None:
    """The names that a text may ask for are listed where authors' texts are read, too."""
    assert set(FILLED) == set(texts.FILLED_LATE)
    assert set(KNOWN) <= {f"phrases/{name}" for name in PHRASES} | {f"place/{n}" for n in PLACE}
    assert {name for known in KNOWN.values() for name in known} <= set(FILLED)


def test_the_shipped_phrases_ask_for_what_is_known_when_they_are_said(shipped: Program) -> None:
    sources = shipped.book.sources
    for phrase, known in KNOWN.items():
        asked = PLACEHOLDER.findall(sources[TextId(f"always/{phrase}")].said)
        assert {name for name in asked if name in FILLED} == set(known), phrase


def test_an_unreadable_file_is_one_problem_and_no_consequences(tmp_path: Path) -> None:
    """Nobody is told of forty missing texts because of one quote."""
    folder = write(write(tmp_path / "flows"), {"always.yaml": "", "answers.yaml": "a"})
    assert told(folder) == [
        "always.yaml:1: the file is empty; write it or remove it",
        "answers.yaml:1: the file does not begin with a name and a colon; begin it as in: steps:",
    ]
    assert read(folder, folder / "none")[0] == {}
