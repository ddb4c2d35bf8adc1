"""Which states of a conversation are one, and which places are alike: what makes it finite.

Rule 1: two states are one if they differ only in what no later step reads (`Projection`).
Rule 2: of the towns, one is named for each way in which a town is answered (`places`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from bot.matching import find_places, fold
from bot.model import (
    POLICE,
    SOURCE,
    Ask,
    AskPlace,
    Book,
    Branch,
    Card,
    Language,
    Place,
    Refer,
    State,
    Step,
    StepId,
)

ELSEWHERE: Final = "10001"  # a ZIP that is not of Connecticut
SHOWN: Final = "shown"  # State.shown, among the names of answers
_None: Final[frozenset[str]] = frozenset()
Key = tuple[StepId, Language, frozenset[tuple[str, str]], tuple[Place, ...], int]


class Projection:
    """A state without what cannot change the future, but by "8".

    An answer goes where each way on sets it anew before a step reads it, and so does `shown`,
    which every answer sets back. The ways on from a question are its choices, the place that is
    named, and words of danger; 0, 9, unclear words and the names of languages stay at the
    question and read no answer but the age. `misses` is 0 in every state that is walked from,
    `counted` decides only what is counted, and `trail` is read by "8" alone.
    """

    def __init__(self, book: Book) -> None:
        self.read = {id: frozenset(_reads(step)) for id, step in book.steps.items()}
        before: Mapping[StepId, frozenset[str]] = {}
        while before != self.read:
            before = dict(self.read)
            for id, step in book.steps.items():
                for to, gone in _ways(step, book.danger):
                    self.read[id] |= self.read.get(to, _None) - gone

    def __call__(self, state: State) -> Key:
        read = self.read[state.step]
        kept = frozenset([pair for pair in state.answers if pair[0] in read])
        return state.step, state.language, kept, state.maybe, state.shown * (SHOWN in read)


def _reads(step: Step) -> Iterator[str]:
    """The answers that a step itself reads."""
    for text in (getattr(step, "text", None), getattr(step, "short", None)):
        yield from (name for name, _ in text.args) if text else ()
    match step:
        case Branch():
            yield step.answer
        case Refer():
            yield from ("need", "town", "age", SHOWN)
        case Card():
            yield from ("age", "town") if step.contact == POLICE else ("age",)
        case Ask() | AskPlace():
            yield from ("age", SHOWN) if any(each.more for each in step.choices) else ("age",)


def _ways(step: Step, danger: StepId) -> Iterator[tuple[StepId, frozenset[str]]]:
    """Every way on from a step, and the answers that are set anew on it."""
    if isinstance(step, Branch):
        yield from ((to, _None) for to in (*step.cases.values(), step.otherwise))
    elif isinstance(step, Ask | AskPlace):
        yield danger, _None
        for choice in step.choices:
            names = {name for name, _ in choice.sets if name != "language"}
            yield choice.go, frozenset(names | {SHOWN} if names else names)
    if hasattr(step, "then"):
        yield step.then, frozenset({step.answer, SHOWN} if isinstance(step, AskPlace) else ())


def places(book: Book) -> tuple[str, ...]:
    """A town for each kind of answer about its police, and for each that a flow tells apart; the
    name that is asked back with most towns; and a place outside the state.
    """
    told = set(chain(*(step.cases for step in book.steps.values() if isinstance(step, Branch))))
    names = book.directory.places.names
    asked_back = max(names, key=lambda name: len(names[name]), default=ELSEWHERE)
    found: dict[object, str] = {}
    # Towns that are asked back come first: each town less is a tenth fewer states.
    for town in (*names.get(asked_back, ()), *book.directory.towns):
        if find_places(fold(town), book.directory.places, ()) == (town,):
            reply = book.police[town, SOURCE]
            kind = (*(text.id for text in reply.texts), *(each.shows for each in reply.offers))
            found.setdefault(town if town in told else kind, town)
    return (*found.values(), asked_back, ELSEWHERE)
