"""The recorded conversations hold in every language, on every channel."""

from __future__ import annotations

import pytest

from bot import replay, transcript
from bot.load import Program
from bot.model import SOURCE, Language
from tests.test_transcripts import CONVERSATIONS

SCRIPTS = {file.stem: script for file, script in CONVERSATIONS.items()}


def test_the_same_moves_lead_to_the_same_questions_in_every_language(shipped: Program) -> None:
    """Play each conversation by its choices; only the hello may be another."""
    compared = 0
    for name, script in SCRIPTS.items():
        moves = replay.moves(shipped, script)
        if any(move.value.startswith("language:") for move in moves):
            continue
        first = [turn.at for turn in replay.played(shipped, script, SOURCE)]
        for language in shipped.catalog.languages:
            turns = [turn.at for turn in replay.played(shipped, script, language)]
            hellos = {"start/hello", "start/hello_own", "start/languages", "start/more_languages"}
            for ours, theirs in zip(first, turns, strict=False):
                assert ours == theirs or {ours, theirs} <= hellos, (name, language)
                compared += 1
    assert compared > 1000


@pytest.mark.full
def test_every_question_is_asked_in_every_language_on_every_channel(shipped: Program) -> None:
    wanted = replay.questions(shipped)
    assert len(wanted) == len(shipped.catalog.languages) >= 16
    assert set(replay.SHOWN) == {"sms", "telegram", "terminal", "web"}
    for language in shipped.catalog.languages:
        seen = replay.seen(shipped, SCRIPTS, language)
        assert wanted[language] <= seen.questions, (language, wanted[language] - seen.questions)
        assert seen.faults == ()
        assert seen.hello == 1, f"the hello in {language} is one segment"


def test_a_move_is_what_the_message_did(shipped: Program) -> None:
    script = transcript.Script("x", messages=("hi", "yes", "1", "0", "he has a gun", "Hartford"))
    kinds = [move.kind for move in replay.moves(shipped, script)]
    assert kinds == ["greeting", "choice", "choice", "command", "danger", "typed"]


@pytest.mark.parametrize("language", ["ar", "ko", "th"])
def test_an_empty_text_is_a_fault_on_the_channels_that_show_it(
    language: str, shipped: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(replay.SHOWN, "sms", lambda _program, _outcome: [" "])
    seen = replay.seen(shipped, {"one": next(iter(SCRIPTS.values()))}, Language(language))
    assert seen.faults
