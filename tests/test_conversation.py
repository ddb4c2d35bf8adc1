"""One message in, one answer out, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot import clock, engine
from bot.channels import sms
from bot.conversation import Answer, Conversation
from bot.load import Program
from bot.model import SOURCE, Event, Instant, Language, Message
from bot.seal import IDLE_SECONDS, Seal

NOON = clock.parse("Wed 12:00")
ME = "+12035550142 +18605550100"


class Time:
    """A clock that goes when it is told."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def talk(program: Program, seconds: Time, counted: list[tuple[str, Event]]) -> Conversation:
    def count(channel: str, events: tuple[Event, ...], _month: str) -> None:
        counted.extend((channel, event) for event in events)

    return Conversation(program, Seal(), count=count, minute=lambda: NOON, seconds=seconds)


@pytest.fixture
def counted() -> list[tuple[str, Event]]:
    return []


@pytest.fixture
def seconds() -> Time:
    return Time()


@pytest.fixture
def conversation(
    shipped: Program, seconds: Time, counted: list[tuple[str, Event]]
) -> Conversation:
    return talk(shipped, seconds, counted)


def say(program: Program, answer: Answer) -> str:
    return "\n".join(sms.write(answer.replies, program.catalog, answer.language))


def held(conversation: Conversation, *messages: str) -> Iterator[Answer]:
    token = ""
    for said in messages:
        answer = conversation.answer(said, token, "sms", ME)
        token = answer.token or ""
        yield answer


def test_a_whole_conversation_travels_in_its_token(
    shipped: Program, conversation: Conversation
) -> None:
    answers = list(held(conversation, "hi", "1", "1", "2", "bridgeport", "9"))
    assert "1-888-373-7888" in say(shipped, answers[-2])
    assert (answers[-1].token, answers[-1].erase) == (None, True)


def test_every_answer_is_the_engine_s_own(shipped: Program, conversation: Conversation) -> None:
    outcome = engine.begin(shipped.book, Message("hi"), NOON)
    for answer, said in zip(held(conversation, "hi", "1", "4", "3"), "1431", strict=True):
        assert answer.replies == outcome.replies
        assert outcome.state is not None
        outcome = engine.step(shipped.book, outcome.state, Message(said), NOON)


@pytest.mark.parametrize("token", ["", "x", "A" * 120, "\ud800", "é"])
def test_a_token_that_is_none_is_the_neutral_hello(token: str, conversation: Conversation) -> None:
    hello = conversation.answer("hi", "", "sms", ME).replies
    assert conversation.answer("1", token, "sms", ME).replies == hello


def test_an_expired_token_and_one_of_another_phone_or_channel_are_the_hello(
    conversation: Conversation, seconds: Time
) -> None:
    hello, *_, last = held(conversation, "hi", "1", "1")
    token = last.token or ""
    assert conversation.answer("2", token, "sms", "+12035550143 x").replies == hello.replies
    assert conversation.answer("2", token, "whatsapp", ME).replies == hello.replies
    assert conversation.answer("2", token, "sms", ME).replies != hello.replies
    seconds.now += IDLE_SECONDS + 1
    assert conversation.answer("2", token, "sms", ME).replies == hello.replies


def test_the_page_s_hello_is_counted_only_when_somebody_answers(
    conversation: Conversation, counted: list[tuple[str, Event]]
) -> None:
    for _ in range(5):
        greeting = conversation.greet("web")
    assert counted == []
    conversation.answer("1", greeting.token or "", "web")
    assert counted[0] == ("web", Event("conversation", "started"))


def test_the_page_greets_in_the_language_it_is_asked_for(
    shipped: Program, conversation: Conversation
) -> None:
    assert "Hola" in say(shipped, conversation.greet("web", Language("es")))
    assert "Hi." in say(shipped, conversation.greet("web", Language("xx")))


def test_when_our_own_code_fails_everybody_gets_the_help_line_and_keeps_their_place(
    shipped: Program, seconds: Time, capsys: pytest.CaptureFixture[str]
) -> None:
    minutes = iter([NOON, NOON, NOON])

    def fails() -> Instant:
        for minute in minutes:
            return minute
        raise RuntimeError("2035550142 in a message")

    conversation = Conversation(shipped, Seal(), minute=fails, seconds=seconds)
    *_, before, answer = held(conversation, "hi", "2", "1", "2")
    assert answer.language == "es"
    assert "1-888-373-7888" in say(shipped, answer)
    assert answer.token == before.token
    told = capsys.readouterr().err
    assert "RuntimeError" in told
    assert "2035550142" not in told


def test_a_broken_book_still_gives_the_help_line(shipped: Program) -> None:
    broken = replace(shipped, book=replace(shipped.book, steps={}))
    answer = Conversation(broken, Seal()).answer("hi", "", "sms", ME)
    assert "1-888-373-7888" in say(shipped, answer)
    assert answer.language == SOURCE


def test_a_count_that_fails_changes_nothing_for_the_person(
    shipped: Program, conversation: Conversation, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_channel: str, _events: tuple[Event, ...], _month: str) -> None:
        raise OSError(28, "2035550142")

    broken = Conversation(shipped, Seal(), count=fails, minute=lambda: NOON)
    said = ("hi", "1", "1", "2", "bridgeport", "9")
    for answer, wanted in zip(held(broken, *said), held(conversation, *said), strict=True):
        assert (answer.replies, answer.erase) == (wanted.replies, wanted.erase)
    told = capsys.readouterr().err
    assert "OSError" in told
    assert "2035550142" not in told


def counted_by_month(program: Program, months: Iterator[str]) -> tuple[Conversation, list[str]]:
    """A conversation at each of whose counts the calendar shows the next of `months`."""
    kept: list[str] = []

    def count(_channel: str, events: tuple[Event, ...], month: str) -> None:
        kept.extend(f"{month} {event.dimension}" for event in events)

    talking = Conversation(
        program, Seal(), count=count, minute=lambda: NOON, month=lambda: next(months)
    )
    return talking, kept


def test_a_talk_over_midnight_at_the_month_s_end_belongs_to_the_month_it_began_in(
    shipped: Program,
) -> None:
    """Also at the turn of a year; and the next talk belongs to the new month."""
    for last, new in (("2026-11", "2026-12"), ("2026-12", "2027-01"), ("2027-02", "2027-03")):
        talking, counted = counted_by_month(shipped, iter([last, last, *[new] * 9]))
        *_, end = held(talking, "hi", "1", "1", "2", "bridgeport", "9", "hi")
        months = [line.partition(" ")[0] for line in counted]
        assert end.token is not None
        assert months == [last] * (len(months) - 1) + [new]
        assert counted[0] == f"{last} conversation"
        assert counted[-1] == f"{new} conversation"
        assert f"{last} need" in counted


def test_a_message_that_comes_twice_with_its_token_counts_once(
    conversation: Conversation, counted: list[tuple[str, Event]]
) -> None:
    """A form that is sent twice, or a page that was gone back to."""
    hello = conversation.greet("web", bond="x")
    for _ in range(3):
        started = conversation.answer("1", hello.token or "", "web", "x")
    before = len(counted)
    assert [event.dimension for _, event in counted].count("conversation") == 1
    for said in ("1", "2", "1"):
        conversation.answer(said, started.token or "", "web", "x")
    assert [event.dimension for _, event in counted[before:]] == ["for_whom"]
