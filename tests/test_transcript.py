"""Transcripts are read as people write them, and played through the real engine."""

from __future__ import annotations

import pytest

from bot import clock, transcript
from bot.load import Program
from bot.model import SOURCE, State, StepId
from bot.transcript import Script, Talk, TranscriptError, difference, kept, parse, perform

SHORT = "A title.\nMore of it.\n\nlanguage: en\nat: Sun 03:00\n\nthey write: hi\n\nthey write:\n"


def test_only_what_a_person_wrote_is_read() -> None:
    script = parse(SHORT + "bot says:\n    they write: nothing\ncounted: lies\n")
    assert script == Script(
        "A title.\nMore of it.", SOURCE, clock.parse("Sun 03:00"), "sms", ("hi", "")
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1: a transcript has a title sentence and 'they write:' lines"),
        ("A title.\n", "line 1: a transcript has a title sentence and 'they write:' lines"),
        ("they write: hi\n", "line 1: a transcript has a title sentence and 'they write:' lines"),
        (
            "A.\n\nchannel: pigeon\nthey write: hi\n",
            "line 1: channel is one of sms, terminal, not 'pigeon'",
        ),
        (
            "A.\n\nat: noon\nthey write: hi\n",
            'line 1: at: write a day and a time, as "Sun 03:00"',
        ),
        (
            "A.\n\nthey write: hi\nat: Sun 03:00\n",
            "line 4: 'at:' stands before the first message",
        ),
    ],
)
def test_a_file_that_is_no_transcript_says_why(text: str, sentence: str) -> None:
    with pytest.raises(TranscriptError) as caught:
        parse(text)
    assert str(caught.value) == sentence


def test_playing_twice_gives_the_same_transcript(shipped: Program) -> None:
    script = Script("A title.", messages=("hi", "1", "1", "9", "hi again"))
    assert perform(shipped, script) == perform(shipped, script)
    assert parse(perform(shipped, script)) == script


def test_what_is_kept_is_told_and_not_assumed() -> None:
    assert kept(None) == "nothing"
    open_state = State(StepId("what/town"), SOURCE, answers=(("need", "food"),))
    assert kept(open_state).endswith("the question what/town, need food")


def test_a_talk_goes_through_bytes_and_begins_anew_after_a_goodbye(shipped: Program) -> None:
    talk = Talk(shipped, transcript.NOON)
    hello = talk.hear("hi").replies
    assert talk.hear("9").state is None
    assert talk.hear("hi").replies == hello


def test_a_difference_shows_both_conversations() -> None:
    shown = difference("bot says:\n    Hi.\n", "bot says:\n    Hello.\n").splitlines()
    assert shown == ["  bot says:", "-     Hi.", "+     Hello."]
