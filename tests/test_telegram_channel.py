"""What a card is: the whole turn in one message, and buttons that say digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.constants import InlineKeyboardButtonLimit, MessageLimit

from bot import engine
from bot.channels import plain, telegram
from bot.load import Program
from bot.model import SOURCE, Instant, Language, Message, Offer, Outcome, Reply, State

NOON = Instant(2 * 24 * 60 + 12 * 60)


def reached(program: Program, language: Language) -> list[Outcome]:
    """Every answer that menus lead to, and what 0, 8, 9 and a few words get there."""
    first = engine.begin(program.book, Message(), NOON, language)
    seen: set[object] = set()
    todo, found = [first.state], [first]
    while todo:
        state = todo.pop()
        if state is None or _alike(state) in seen:
            continue
        seen.add(_alike(state))
        for said in (*"1234567089", "windham", "bridgeport", "what"):
            outcome = engine.step(program.book, state, Message(said), NOON)
            if outcome.language == language:
                found.append(outcome)
                todo.append(outcome.state)
    return found


def _alike(state: State) -> object:
    """States whose answers are as long as one another's."""
    return state.step, dict(state.answers).get("need"), bool(state.maybe), state.shown


@pytest.fixture(scope="module", params=[SOURCE, Language("es")])
def outcomes(request: pytest.FixtureRequest, shipped: Program) -> list[Outcome]:
    return reached(shipped, request.param)


def card(program: Program, outcome: Outcome) -> telegram.Card:
    return telegram.write(
        outcome.replies, program.catalog, outcome.language, asks=outcome.state is not None
    )


def test_every_answer_of_the_shipped_flows_fits_into_one_card_with_nothing_lost(
    shipped: Program, outcomes: list[Outcome]
) -> None:
    assert len(outcomes) > 500
    assert int(MessageLimit.MAX_TEXT_LENGTH) == telegram.TEXT_MOST
    longest = 0
    for outcome in outcomes:
        written = card(shipped, outcome)
        shown = [reply._replace(choices=()) for reply in outcome.replies]
        lines = [line for r in shown for line in plain.lines(r, shipped.catalog, outcome.language)]
        assert [line for line in written.text.split("\n") if line] == [x for x in lines if x]
        longest = max(longest, telegram.length(written.text))
    assert 1000 < longest <= telegram.TEXT_MOST


def test_the_buttons_of_a_card_are_its_menu_and_always_0_8_9(
    shipped: Program, outcomes: list[Outcome]
) -> None:
    for outcome in outcomes:
        written = card(shipped, outcome)
        said = [button.says for row in written.rows for button in row]
        menu = outcome.replies[-1].choices
        if outcome.state is None:
            assert said == [""]
        else:
            assert said == [*(str(n + 1) for n in range(len(menu))), "0", "8", "9"]
        assert all(button.label.strip() for row in written.rows for button in row)


def test_only_the_last_reply_has_a_menu(outcomes: list[Outcome]) -> None:
    """So that the buttons are the whole menu of a turn."""
    assert [o for o in outcomes if any(reply.choices for reply in o.replies[:-1])] == []


def test_a_button_s_label_begins_with_what_it_says(shipped: Program) -> None:
    outcome = engine.begin(shipped.book, Message(), NOON)
    first, *_ = card(shipped, outcome).rows
    assert first == (telegram.Button("1 Yes, in English", "1"),)
    assert len(first[0].says) < InlineKeyboardButtonLimit.MAX_CALLBACK_DATA


def test_a_number_to_call_stands_in_the_text_where_a_phone_makes_it_a_link(
    shipped: Program,
) -> None:
    line = shipped.book.cards[shipped.book.help_line, "unsaid", SOURCE]
    bare = Offer(line.service, "", None, (), line.contacts, (), line.shows)
    written = telegram.write([Reply(offers=(bare,))], shipped.catalog, SOURCE, asks=True)
    assert written.text.splitlines()[0] == "Call 1-888-373-7888"


@given(st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=9), st.integers(1, 30))
def test_a_text_is_never_longer_than_the_limit_and_keeps_its_end(
    blocks: list[str], most: int
) -> None:
    text = telegram.fitted(blocks, most)
    assert telegram.length(text) <= most
    if telegram.length(blocks[-1]) <= most:
        assert text.endswith(blocks[-1])
    if telegram.length("\n\n".join(blocks)) <= most:
        assert text == "\n\n".join(blocks)


def test_length_is_counted_as_telegram_counts_it() -> None:
    assert telegram.length("añ\U0001f600") == 4
