"""Every file in tests/transcripts is a conversation that must go exactly as written."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import transcript
from bot.channels import sms
from bot.load import Program
from bot.model import Ask, AskPlace
from tests.conftest import ROOT

FILES = sorted((ROOT / "tests" / "transcripts").glob("*.txt"))
CONVERSATIONS = {file: transcript.parse(file.read_text(encoding="utf-8")) for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_conversation_goes_as_written(file: Path, shipped: Program) -> None:
    written = file.read_text(encoding="utf-8")
    played = transcript.perform(shipped, CONVERSATIONS[file])
    assert played == written, f"waypost test {file.name} shows the difference"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_conversation_ends_with_nothing_kept(file: Path) -> None:
    assert file.read_text(encoding="utf-8").endswith("kept about them: nothing\n")


def test_there_are_enough_conversations_in_both_languages() -> None:
    assert len(FILES) >= 25
    text = {file: file.read_text(encoding="utf-8") for file in FILES}
    assert sum("language es" in each for each in text.values()) >= 5


def test_every_need_every_kind_of_person_and_all_that_is_counted_is_in_some_conversation(
    shipped: Program,
) -> None:
    counted = {
        fact.strip()
        for file in FILES
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.startswith("counted: ")
        for fact in line.removeprefix("counted: ").split(",")
    }
    answers = shipped.book.answers
    for name in ("need", "for_whom", "shown"):
        assert len(answers[name].values) > 2
        for value in answers[name].values:
            assert f"{name} {value}" in counted


def test_every_question_is_asked_in_some_conversation(shipped: Program) -> None:
    """A question inside a call counts as it is written: once, whoever calls."""
    said = "".join(file.read_text(encoding="utf-8") for file in FILES)
    questions = [s for s in shipped.book.steps.values() if isinstance(s, Ask | AskPlace)]
    assert len(questions) > 10
    missing = [
        step.origin
        for step in questions
        if not any(
            simplified(line) in said
            for language in shipped.catalog.languages
            for line in [shipped.catalog.say(step.text, language, ("sms",))]
        )
    ]
    assert missing == []


def simplified(text: str) -> str:
    """A text as an SMS writes it."""
    return sms.simplified(text, {"á": "a", "í": "i", "ó": "o", "ú": "u"})
