"""People answer in sentences of their own, in every language, and are understood.

tests/payloads/own_words.txt holds what they write. A sentence that is not understood is asked
again, which nobody who is afraid should need: add its words to `also:` in the flows or a catalog.
"""

from __future__ import annotations

import pytest

from bot import engine
from bot.load import Program
from bot.model import Ask, Instant, Language, Message, State, StepId
from tests.conftest import ROOT

FILE = ROOT / "tests" / "payloads" / "own_words.txt"
ROWS = [
    tuple(map(str.strip, line.split("|")))
    for line in FILE.read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("language", "question", "choice", "sentence"), ROWS)
def test_a_sentence_leads_where_its_choice_leads(
    language: str, question: str, choice: str, sentence: str, shipped: Program
) -> None:
    step = shipped.book.steps[StepId(question)]
    assert isinstance(step, Ask)
    names = [each.label.id.rpartition("/")[2] for each in step.choices]
    state = State(step=step.id, language=Language(language))
    by_words = engine.step(shipped.book, state, Message(sentence), Instant(0))
    digit = str(names.index(choice) + 1)
    by_digit = engine.step(shipped.book, state, Message(digit), Instant(0))
    assert by_words.state == by_digit.state
    assert by_words.replies == by_digit.replies


def test_every_language_and_every_question_has_sentences(shipped: Program) -> None:
    assert {row[0] for row in ROWS} == set(shipped.catalog.languages)
    assert len({row[1] for row in ROWS}) >= 7
