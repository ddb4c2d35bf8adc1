"""A year of made-up conversations, through the real conversation and the real tally.

Rule 1: made-up counts are written only into a store that is marked as a demonstration.
Rule 2: the same seed gives the same counts; the seal and the dice of the tally change nothing.
Rule 3: whoever is simulated has a wish and a number of messages in them, and answers what is
asked by choosing from what is shown, as a person would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Final

from bot.conversation import Answer, Conversation
from bot.load import Program
from bot.model import Instant, Language, Text
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
FIRST: Final = 4  # weight of the answer that is wished for most; the least has 1


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
    wishes: dict[str, float] = field(default_factory=dict)

    def weight(self, choice: Text) -> float:
        """How much a choice is wished for: drawn once, the same for the whole year."""
        return self.wishes.setdefault(choice.id, 1 + (FIRST - 1) * self.dice.random() ** 2)

    def pick(self, choices: Sequence[Text]) -> str:
        """The digit of one of the choices shown."""
        weights = [self.weight(each) for each in choices]
        return str(self.dice.choices(range(1, len(choices) + 1), weights)[0])

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
    languages = crowd.program.catalog.languages
    language = dice.choices(languages, [at**-1.3 for at in range(1, len(languages) + 1)])[0]
    token, said, source = "", "hi", crowd.source(channel)
    for _ in range(dice.randint(*MESSAGES)):
        clock.seconds += SECONDS
        found = talk.answer(said, token, channel, source=source)
        if found.token is None:
            return
        token, said = found.token, _next(found, crowd, language)


def _next(found: Answer, crowd: Crowd, language: Language) -> str:
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
    spoken = [each for each in choices if _sets(crowd, each, language)]
    if spoken and len(spoken) < len(choices):
        return str(choices.index(spoken[0]) + 1)
    return crowd.pick(choices) if choices else "0"


def _sets(crowd: Crowd, choice: Text, language: Language) -> bool:
    """Whether this choice is the one for a language."""
    return choice.id in crowd.program.book.sources and any(
        ("language", language) in each.sets
        for step in crowd.program.book.steps.values()
        for each in getattr(step, "choices", ())
        if each.label.id == choice.id
    )
