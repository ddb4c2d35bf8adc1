"""Promises about what a page is made of: every piece in its language, every number a link."""

from __future__ import annotations

import re

import pytest

from bot.channels.web import Screen, direction, tag
from bot.conversation import Conversation
from bot.load import Program
from bot.model import SOURCE, Language, Reply, Text, TextId
from bot.seal import Seal
from tests.conftest import ROOT

ES = Language("es")


@pytest.fixture(scope="module")
def screen(shipped: Program) -> Screen:
    return Screen(shipped.book, shipped.catalog)


def talk(shipped: Program, *said: str) -> tuple[tuple[Reply, ...], Language]:
    conversation = Conversation(shipped, Seal())
    answer = conversation.greet("web")
    for each in said:
        answer = conversation.answer(each, answer.token or "", "web")
    return answer.replies, answer.language


def test_a_choice_that_offers_a_language_is_in_that_language(
    shipped: Program, screen: Screen
) -> None:
    """A voice that reads the English hello says the Spanish choice in Spanish."""
    for language in shipped.catalog.languages:
        replies = Conversation(shipped, Seal()).greet("web", language).replies
        turn = screen.turn(replies, language, open=True)
        offered = ["en", "es", "pt-BR"] if language == SOURCE else [tag(language), "en"]
        assert [each.lang for each in turn.choices[: len(offered)]] == offered
        assert turn.question is not None
        assert turn.question.lang == tag(language)


def test_the_last_text_of_an_open_talk_is_its_question(shipped: Program, screen: Screen) -> None:
    replies, language = talk(shipped, "1")
    turn = screen.turn(replies, language, open=True)
    assert turn.question is not None
    assert turn.question.parts[0].text == "Who needs help?"
    assert len(turn.blocks) == 2
    assert len(turn.choices) == 6


def test_a_talk_that_is_over_asks_nothing(shipped: Program, screen: Screen) -> None:
    replies, language = talk(shipped, "9")
    turn = screen.turn(replies, language, open=False)
    assert turn.question is None
    assert len(turn.blocks) == 1


def test_the_help_line_is_a_card_with_its_numbers_as_buttons(
    shipped: Program, screen: Screen
) -> None:
    """One to call and one to text, each said with the number in it."""
    replies, language = talk(shipped, "1", "0")
    cards = [each.card for each in screen.turn(replies, language, open=True).blocks if each.card]
    assert len(cards) == 1
    found = {button.kind: button for button in cards[0].buttons}
    assert found["voice"].href == "tel:+18883737888"
    assert found["text"].href.startswith("sms:")
    assert "1-888-373-7888" in [part.text for part in found["voice"].said.parts]


def test_a_number_inside_a_text_is_a_link_too(shipped: Program, screen: Screen) -> None:
    replies, language = talk(shipped, "1", "1", "3", "1", "Bridgeport")
    blocks = screen.turn(replies, language, open=True).blocks
    linked = [part for each in blocks if each.said for part in each.said.parts if part.href]
    assert [(part.text, part.href) for part in linked] == [("911", "tel:911")]


def test_numbers_of_texts_are_those_of_the_directory(shipped: Program, screen: Screen) -> None:
    """Every text of the flows that says a number of a contact shows it as a link."""
    found = 0
    for id, source in shipped.book.sources.items():
        if "{card:" in source.said:
            found += 1
            for language in shipped.catalog.languages:
                assert any(part.href for part in screen.say(Text(id), language).parts), id
    assert found > 5


def test_part_of_a_longer_number_is_no_link(screen: Screen) -> None:
    """911 in 1911, or in a statute, is not the emergency number."""
    assert [part.href for part in screen._parts("Since 1911 and 911-12")] == [""]
    assert [part.href for part in screen._parts("call 911.")] == ["", "tel:911", ""]


def test_a_text_without_a_translation_is_read_as_english(shipped: Program, screen: Screen) -> None:
    assert screen.say(Text(TextId("always/web/send")), ES).lang == "es"
    bare = Program(shipped.book, shipped.catalog)
    same = next(id for id, source in bare.book.sources.items() if source.fixed and "/" in id)
    assert screen.say(Text(same), ES).lang == "en"


def test_what_to_say_first_stands_with_the_number(shipped: Program, screen: Screen) -> None:
    """Where a caller should first name their language, the words are there to be read out."""
    replies, language = talk(shipped, "2", "1", "4", "1", "Waterbury")
    blocks = screen.turn(replies, language, open=True).blocks
    firsts = [
        button.first
        for each in blocks
        if each.card
        for button in each.card.buttons
        if button.first
    ]
    assert firsts
    assert all("Spanish, please" in "".join(part.text for part in said.parts) for said in firsts)


def test_a_question_about_a_place_asks_for_words(shipped: Program, screen: Screen) -> None:
    """The field to write in comes first there, and again when the place was not understood."""
    for said, writes in ((("1",), False), (("1", "1", "4", "1"), True)):
        replies, language = talk(shipped, *said)
        assert screen.turn(replies, language, open=True).writes is writes
    replies, language = talk(shipped, "1", "1", "4", "1", "qqqqqq")
    assert screen.turn(replies, language, open=True).writes


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "ltr"), ("es", "ltr"), ("ar", "rtl"), ("prs", "rtl"), ("ur", "rtl"), ("pt_BR", "ltr")],
)
def test_languages_are_written_in_their_direction(language: str, expected: str) -> None:
    assert direction(Language(language)) == expected


def test_languages_are_named_as_html_names_them() -> None:
    assert [tag(Language(each)) for each in ("pt_BR", "es", "zh_Hant")] == [
        "pt-BR",
        "es",
        "zh-Hant",
    ]


def test_no_reply_shows_nothing(screen: Screen) -> None:
    turn = screen.turn((), SOURCE, open=True)
    assert turn == ((), None, (), True)


def test_the_templates_write_no_word_of_their_own() -> None:
    """Whatever stands between the tags of a template comes from a text."""
    paths = [
        ROOT / "webhook/templates" / f"{name}.html" for name in ("base", "chat", "end", "parts")
    ]
    assert all(path.exists() for path in paths)
    for path in paths:
        bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", "", path.read_text(), flags=re.S)
        bare = bare.replace('lang="" dir=""', "")  # a macro writes these into tags
        assert not re.search(r"[A-Za-z]", bare), path.name
