"""Reading levels: the published formulas, and a budget that a long sentence breaks."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from bot import reading
from bot.cli import main
from bot.load import Program
from bot.model import SOURCE, Language, Text
from bot.review import heard, wanted


def test_the_grade_of_english_is_the_published_formula() -> None:
    """Eight words, ten groups of vowels: 0.39 * 8 + 11.8 * 10 / 8 - 15.59."""
    level = reading.level(SOURCE, ["The cat sat on a mat under water."])
    assert level.sentence == 8
    assert level.value == pytest.approx(0.39 * 8 + 11.8 * 10 / 8 - 15.59)


def test_the_ease_of_spanish_is_the_published_formula() -> None:
    level = reading.level(Language("es"), ["La casa es mi casa."])
    assert level.value == pytest.approx(206.84 - 60 * 7 / 5 - 1.02 * 5)


def test_where_words_have_no_blanks_letters_are_counted() -> None:
    level = reading.level(Language("zh_Hans"), ["您好。我是机器人。"])
    assert (level.method, level.value) == ("letters a sentence", 3.5)


@pytest.mark.parametrize(
    ("text", "language", "told"),
    [
        ("word " * 33, "en", "a sentence has 33 words, at most 32"),
        ("word " * 33, "vi", ""),
        ("字" * 65, "zh_Hant", "a sentence has 65 letters, at most 64"),
        ("ก" * 65, "th", ""),
        ("word. " * 33, "en", ""),
        ("{town} " * 33, "en", "a sentence has 33 words"),
    ],
)
def test_a_sentence_over_its_budget_is_told(text: str, language: str, told: str) -> None:
    found = list(reading.too_long(text, Language(language)))
    assert len(found) == bool(told)
    assert not told or found[0].startswith(told)


def test_every_shipped_language_is_easy_to_read(shipped: Program) -> None:
    ids = [id for id in wanted(shipped.book.sources) if not heard(id)]
    assert len(ids) > 100
    for language in shipped.catalog.languages:
        level = reading.level(language, [shipped.catalog.say(Text(id), language) for id in ids])
        assert level.kept, level


def test_check_refuses_a_sentence_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """By file and line, in every language, in words that say what to do."""
    monkeypatch.setattr(reading, "SENTENCE_MOST", 12)
    result = CliRunner().invoke(main, ["check"])
    assert result.exit_code == 2
    told = result.output.splitlines()
    assert any(line.startswith("start.yaml:") and line.endswith("make two of it") for line in told)
    assert any(line.startswith("locales/es/LC_MESSAGES/waypost.po:") for line in told)


def test_check_refuses_a_language_that_reads_too_hard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FOG_MOST", 1.0)
    result = CliRunner().invoke(main, ["check"])
    assert result.exit_code == 2
    assert "pl reads too hard" in result.output
