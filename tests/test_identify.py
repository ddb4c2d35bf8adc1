"""The language of a first message: told for every language, and never guessed from nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import identify
from bot.load import Program
from bot.matching import fold, tell_language
from bot.model import SOURCE, Language
from tests.conftest import ROOT

FILES = sorted((ROOT / "tests" / "payloads" / "first_messages").glob("*.txt"))
RIGHT_LEAST = 0.8  # of each language; benchmarks/languages.py measures the rest
SMALL = identify.learn(
    {SOURCE: ["hello my friend", "i need help"], Language("es"): ["hola amigo"]}
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_most_first_messages_are_answered_in_their_language(file: Path, shipped: Program) -> None:
    """The two ways of writing Chinese count as one: their speakers read both."""
    said = [line.strip("~ ") for line in file.read_text(encoding="utf-8").splitlines() if line]
    assert len(said) >= 60
    book, root = shipped.book, file.stem.partition("_")[0]
    told = [tell_language(each, fold(each), book.tells, book.guess, SOURCE) for each in said]
    right = sum(each.partition("_")[0] == root for each in told)
    assert right / len(said) >= RIGHT_LEAST, [*zip(said, told, strict=True)]


def test_every_language_has_first_messages(shipped: Program) -> None:
    assert {file.stem for file in FILES} == set(shipped.catalog.languages)


@pytest.mark.parametrize("text", ["", " ", "1", "0", "??", "👍", "12345", "\u200f"])
def test_what_has_no_letters_is_no_language(text: str, shipped: Program) -> None:
    assert shipped.book.guess(text, Language("ht")) == "ht"


def test_what_is_as_likely_stays_what_was_expected() -> None:
    assert SMALL.tell("xqz", SOURCE) == SOURCE
    assert SMALL.tell("xqz", Language("es")) == "es"


def test_a_clear_message_is_told_whatever_was_expected() -> None:
    assert SMALL.tell("hola amigo", SOURCE) == "es"
    assert SMALL.tell("i need help my friend", Language("es")) == SOURCE


def test_a_language_that_is_gone_is_kept_as_expected() -> None:
    assert SMALL.tell("hola amigo", Language("xx")) == "xx"


@given(st.text(max_size=500))
def test_any_text_is_one_of_the_languages(text: str) -> None:
    assert SMALL.tell(text, SOURCE) in {SOURCE, "es"}
