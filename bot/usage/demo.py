"""A year of made-up conversations, through the real conversation and the real tally.

Rule 1: made-up counts are written only into a store that is marked as a demonstration.
Rule 2: the same seed gives the same counts; the seal and the dice of the tally change nothing.
Rule 3: whoever is simulated has wishes and a number of messages in them, and answers what is
asked by choosing from what is shown, as a person would.
Rule 4: wishes are as uneven as real ones: a few are common, and some are so rare that a year's
tables cannot print them. A demonstration in which nothing is small would show what is not so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Final

from bot.conversation import Answer, Conversation
from bot.load import Program
from bot.model import Ask, AskPlace, Branch, Choice, End, Instant, Step, StepId, Text
from bot.seal import Seal
from bot.usage.model import Store
from bot.usage.periods import Period
from bot.usage.tally import Tally

CHANNELS: Final = {"sms": 46, "web": 34, "whatsapp": 15, "telegram": 5}
MARKED: Final = ("web", "telegram")  # the channels whose links can carry a mark
SEASON: Final = (6, 6, 8, 8, 9, 9, 8, 8, 9, 10, 10, 9)  # how much of a year each month holds
SECONDS: Final = 30.0  # between messages
MESSAGES: Final = (2, 14)  # how many somebody writes, at least and at most
LEAVES, HELP, SKIPS = 0.02, 0.04, 0.35  # how often somebody writes 9, or 0, or names no town
QUESTIONS: Final = 2  # how far ahead of a choice somebody sees what it leads to

# What people want, in thousandths or so. Guesses, to see pages with; no finding about anybody.
WISHES: Final[Mapping[str, Mapping[str, int]]] = {
    "language": {
        "en": 590, "es": 270, "pt_BR": 52, "ht": 25, "pl": 17, "zh_Hans": 12, "fr": 9, "vi": 7,
        "ar": 5, "ru": 4, "uk": 3, "ko": 2, "hi": 2, "tl": 1, "zh_Hant": 1, "th": 1,
    },
    "for_whom": {"me": 720, "someone": 190, "professional": 90},
    "need": {
        "place_to_stay": 210, "pay_kept": 150, "immigration": 130, "lawyer": 110, "talk": 90,
        "controlled_at_work": 75, "food": 65, "hurt_or_threatened": 50, "doctor": 40,
        "papers_kept": 30, "cannot_leave": 20, "made_to_sell_sex": 14, "saw_something": 8,
        "alcohol_or_drugs": 5, "under_18": 3, "missing_child": 2,
    },
}  # fmt: skip
SPOKEN: Final = ("language", "spoken")  # a yes to a question in one's own language
Wishes = dict[str, str]  # answer -> what somebody wants to say, until it is said


@dataclass(slots=True)
class Clock:
    """Seconds and month as they are told."""

    seconds: float = 1_000_000_000.0
    month: str = ""

    def now(self) -> float:
        return self.seconds


@dataclass(slots=True)
class Crowd:
    """Everybody who writes: one pair of dice for the whole year."""

    program: Program
    dice: Random
    choices: dict[str, Choice] = field(default_factory=dict)  # by the id of its label
    leads: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        steps = self.program.book.steps
        for step in steps.values():
            for choice in getattr(step, "choices", ()):
                self.choices[choice.label.id] = choice
                self.leads[choice.label.id] = frozenset(_ahead(steps, choice.go, QUESTIONS))

    def wishes(self) -> Wishes:
        """What one person wants."""
        return {
            name: self.dice.choices([*values], [*values.values()])[0]
            for name, values in WISHES.items()
        }

    def choose(self, shown: Sequence[Text], wishes: Wishes) -> str:
        """The digit of what says what is wanted, else leads to it, else of any.

        What was said is wanted no longer, but for the language: some ask for it twice.
        """
        picked = self.dice.choice(self._fit(shown, wishes) or range(len(shown)))
        for name, _ in self._sets(shown[picked]):
            if name != SPOKEN[0]:
                wishes.pop(name, None)
        return str(picked + 1)

    def _fit(self, shown: Sequence[Text], wishes: Wishes) -> list[int]:
        """The places of the choices that fit the first wish that any of them fits."""
        for found in (self._sets, self._leads):
            for name, value in wishes.items():
                wanted = {(name, value), (name, SPOKEN[1])}
                fit = [at for at, each in enumerate(shown) if not wanted.isdisjoint(found(each))]
                if fit:
                    return fit
        return []

    def _leads(self, choice: Text) -> frozenset[tuple[str, str]]:
        return self.leads.get(choice.id, frozenset())

    def _sets(self, choice: Text) -> tuple[tuple[str, str], ...]:
        found = self.choices.get(choice.id)
        return found.sets if found else ()

    def town(self) -> str:
        """A town, the large ones more often."""
        towns = [row for row in self.program.book.directory.towns.values() if row.population]
        return self.dice.choices([each.id for each in towns], [each.population for each in towns])[
            0
        ]

    def source(self, channel: str) -> str:
        """The kind of place where a link was found, "" for none."""
        declared = self.program.book.answers.get("source")
        if declared is None or channel not in MARKED or self.dice.random() < 0.5:
            return ""
        weights = range(len(declared.values), 0, -1)
        return self.dice.choices(declared.values, weights)[0]


def year(
    program: Program, store: Store, months: Period, conversations: int, seed: int
) -> Iterator[str]:
    """Hold that many conversations; the month of each is given as it ends. All is written.

    ValueError: the store is not marked as a demonstration's.
    """
    if not getattr(store, "demo", False):
        raise ValueError("made-up counts go only into a store that is marked as a demonstration")
    crowd, clock = Crowd(program, Random(seed)), Clock()  # noqa: S311  nothing secret is drawn
    tally = Tally(store, program.book.bits)
    talk = Conversation(
        program, Seal(), count=tally.count, minute=lambda: _minute(crowd),
        seconds=clock.now, month=lambda: clock.month,
    )  # fmt: skip
    for clock.month, many in zip(months.months, spread(conversations), strict=True):
        for _ in range(many):
            _hold(talk, crowd, clock)
            yield clock.month
        tally.flush_all()


def spread(conversations: int) -> list[int]:
    """How many in each month: they add up, and follow the season."""
    whole, sums = sum(SEASON), [0]
    for part in SEASON:
        sums.append(sums[-1] + part)
    ends = [conversations * each // whole for each in sums]
    return [end - start for start, end in pairwise(ends)]


def _minute(crowd: Crowd) -> Instant:
    return Instant(crowd.dice.randrange(7 * 24 * 60))


def _hold(talk: Conversation, crowd: Crowd, clock: Clock) -> None:
    """One conversation, until the person leaves or has written enough."""
    dice = crowd.dice
    channel = dice.choices(list(CHANNELS), list(CHANNELS.values()))[0]
    token, said, source, wishes = "", "hi", crowd.source(channel), crowd.wishes()
    for _ in range(dice.randint(*MESSAGES)):
        clock.seconds += SECONDS
        found = talk.answer(said, token, channel, source=source)
        if found.token is None:
            return
        token, said = found.token, _next(found, crowd, wishes)


def _next(found: Answer, crowd: Crowd, wishes: Wishes) -> str:
    """What somebody writes to an answer."""
    dice, choices = crowd.dice, found.replies[-1].choices
    drawn = dice.random()
    if drawn < LEAVES:
        return "9"
    if drawn < LEAVES + HELP:
        return "0"
    asked = found.replies[-1].texts[-1].id if found.replies[-1].texts else ""
    if asked.endswith("/ask_place") and dice.random() > SKIPS:
        return crowd.town()
    return crowd.choose(choices, wishes) if choices else "0"


def _ahead(
    steps: Mapping[StepId, Step], start: StepId, questions: int
) -> Iterator[tuple[str, str]]:
    """What can be said from a step on, in so many questions."""
    step = steps[start]
    if isinstance(step, Ask | AskPlace):
        for choice in step.choices:
            yield from choice.sets
            if questions > 1 and not choice.sets:
                yield from _ahead(steps, choice.go, questions - 1)
    elif isinstance(step, Branch):
        for then in {*step.cases.values(), step.otherwise}:
            yield from _ahead(steps, then, questions)
    elif not isinstance(step, End):
        yield from _ahead(steps, step.then, questions)
