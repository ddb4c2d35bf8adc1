"""Promises about links: every call is written out, every way leads on, or the author is told."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from bot.linker import origin, targets
from bot.load import Program
from bot.model import STEPS_MOST, Ask, Refer, Step, StepId
from tests.authors import FILES, Mistake, edited, mistakes, names, read, told, write

MISTAKES = mistakes("linker.txt")


def linked(folder: Path, files: Mapping[str, str]) -> dict[StepId, Step]:
    steps, _, _, problems = read(write(write(folder), files), folder / "none")
    assert problems == []
    return steps


@pytest.mark.parametrize("mistake", MISTAKES, ids=names(MISTAKES))
def test_a_way_that_leads_wrong_is_told_with_its_line(mistake: Mistake, tmp_path: Path) -> None:
    assert mistake.told(tmp_path / "flows") == list(mistake.says)


def test_a_call_is_written_out_and_comes_back(tmp_path: Path) -> None:
    """The steps of the called flow stand under the call, and `return` is the step after it."""
    steps = linked(tmp_path / "flows", {})
    menu, pay = steps[StepId("help/next")], steps[StepId("help/rights>topics/pay")]
    assert isinstance(menu, Ask)
    assert menu.choices[0].go == pay.id
    assert list(targets(pay)) == ["help/next"]
    assert StepId("help/rights") not in steps


def test_a_flow_called_twice_comes_back_to_each_of_its_callers(tmp_path: Path) -> None:
    """One call after the other: the first leads into the second, the second back."""
    folder = tmp_path / "flows"
    again = "    call: topics\n    then: again\n  again:\n    call: topics\n    then: next"
    steps = linked(
        folder, {"help.yaml": edited("help.yaml", "    call: topics\n    then: next", again)}
    )
    assert list(targets(steps[StepId("help/rights>topics/pay")])) == ["help/again>topics/pay"]
    assert list(targets(steps[StepId("help/again>topics/pay")])) == ["help/next"]


def test_a_call_within_a_call_comes_back_one_by_one(tmp_path: Path) -> None:
    inner = (
        "steps:\n  law:\n    call: laws\n    then: pay\n  pay:\n    say: Pay\n    then: return\n"
    )
    laws = 'steps:\n  one:\n    say: "{right:pay}"\n    then: return\n'
    steps = linked(tmp_path / "flows", {"topics.yaml": inner, "laws.yaml": laws})
    deep = StepId("help/rights>topics/law>laws/one")
    assert list(targets(steps[deep])) == ["help/rights>topics/pay"]
    assert origin(deep) == "laws/one"


def test_a_question_in_a_called_flow_is_still_the_question_as_written(tmp_path: Path) -> None:
    """Its words are known by where it was written, so that they are listed once."""
    asks = "steps:\n  ask:\n    ask: More?\n    choices:\n      on: {label: On, go: return}\n"
    steps = linked(tmp_path / "flows", {"topics.yaml": asks})
    question = steps[StepId("help/rights>topics/ask")]
    assert isinstance(question, Ask)
    assert question.origin == "topics/ask"


def test_leaving_a_called_flow_by_go_leaves_the_call(tmp_path: Path) -> None:
    steps = linked(
        tmp_path / "flows",
        {"topics.yaml": edited("topics.yaml", "then: return", "then: start/hello")},
    )
    assert list(targets(steps[StepId("help/rights>topics/pay")])) == ["start/hello"]


def test_calls_that_double_with_every_flow_are_stopped(tmp_path: Path) -> None:
    """A flow that calls the next one twice, twenty times over, would be a million steps."""
    folder = write(tmp_path / "flows")
    depth = STEPS_MOST.bit_length()
    called = [f"deep_{chr(97 + n)}" for n in range(depth)]
    twice = "steps:\n  a:\n    call: {0}\n    then: b\n  b:\n    call: {0}\n    then: return\n"
    files = {f"{one}.yaml": twice.format(other) for one, other in pairwise(called)}
    files[f"{called[-1]}.yaml"] = FILES["topics.yaml"]
    write(folder, {**files, "topics.yaml": twice.format(called[0])})
    assert told(folder) == [
        f"start.yaml:3: the calls write out to over {STEPS_MOST} steps; call fewer flows"
    ]


def test_every_step_of_the_shipped_flows_leads_to_a_step_of_the_book(shipped: Program) -> None:
    steps = shipped.book.steps
    assert len(steps) > 50
    assert all(target in steps for step in steps.values() for target in targets(step))
    mores = [
        steps[choice.go]
        for step in steps.values()
        for choice in getattr(step, "choices", ())
        if choice.more
    ]
    assert mores
    assert all(isinstance(step, Refer) for step in mores)
