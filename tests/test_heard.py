"""What is heard at any question: somebody came in, who are you, not that town."""

from __future__ import annotations

import pytest

from bot.load import Program
from bot.model import Place
from tests.test_engine import talk


@pytest.mark.parametrize(
    "said", ["not new haven", "anywhere but new haven", "dont send me to new haven please"]
)
def test_a_town_with_a_not_beside_it_is_asked_back(said: str, shipped: Program) -> None:
    state = talk(shipped, "hi", "1", "1", "2", said).state
    assert state is not None
    assert state.maybe == (Place("New Haven"),)
    assert not any(name == "town" for name, _ in state.answers)


def test_none_of_the_towns_asked_back_is_an_answer(shipped: Program) -> None:
    for said in ("no", "none of these"):
        state = talk(shipped, "hi", "1", "1", "2", "windham", said).state
        assert state is not None
        assert state.step == "help/next", "it goes on without a town"


@pytest.mark.parametrize("said", ["he is here", "gotta go", "not safe anymore", "stop", "brb"])
def test_somebody_came_in_and_the_bot_leaves_from_anywhere(said: str, shipped: Program) -> None:
    for before in (["hi"], ["hi", "1"], ["hi", "1", "1"], ["hi", "5"]):
        outcome = talk(shipped, *before, said)
        assert outcome.state is None
        assert outcome.erase


def test_a_no_at_the_hello_is_answered_shortly_and_asks_nothing_of_them(shipped: Program) -> None:
    for said in ("no", "5", "not safe", "npt now, not safe", "no, he is here"):
        outcome = talk(shipped, "hi", said)
        assert outcome.state is not None
        assert outcome.state.step in {"unsafe/after", "start/hello"}
    for said in ("ok", "thanks", "not yet", "he is still here"):
        outcome = talk(shipped, "hi", "5", said)
        assert outcome.state is not None
        assert outcome.state.step == "unsafe/after", said


def test_who_the_bot_is_can_be_asked_anywhere(shipped: Program) -> None:
    for before in (["hi"], ["hi", "1"], ["hi", "1", "1", "2"]):
        waiting = talk(shipped, *before).state
        outcome = talk(shipped, *before, "who are you?")
        assert outcome.state is not None
        assert waiting is not None
        assert outcome.state.step == waiting.step
        assert outcome.replies[0].texts[0].id == "always/about/say"
