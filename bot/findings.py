"""What walking every conversation finds: promises broken, towns without help, texts too long.

Rule 1: every break is kept, each sentence once, with the shortest conversation that shows it.
Rule 2: nothing is printed here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Final, NamedTuple

from bot import engine
from bot.channels import sms
from bot.linker import origin
from bot.load import Program
from bot.matching import OUTSIDE
from bot.model import (
    AGES,
    SOURCE,
    Ask,
    Book,
    Branch,
    Instant,
    Language,
    Message,
    Outcome,
    Place,
    Reply,
    State,
    Step,
    StepId,
    Text,
    TextId,
)
from bot.projection import Projection, places
from bot.referral import areas_of, best, better
from bot.source import Spot
from bot.texts import SMS_LETTERS

CONTACT_WITHIN: Final = 6  # messages, the first "hi" among them
WALKED_MOST: Final = 200  # steps for one message
NOW: Final = Instant((2 * 24 + 10) * 60)  # Wednesday, 10:00
UNCLEAR: Final = "?"
BANNED: Final = TextId("always/words/not_before_safe")


@dataclass(frozen=True, slots=True)
class Break:
    """A promise broken: what is wrong, where to mend it, and how to see it.

    `messages` is the shortest conversation that shows it, begun in `language`; it is empty where
    a text is wrong that no walk came by. `times` is how often it was found.
    """

    promise: int  # 1 to 8
    spot: Spot
    what: str
    messages: tuple[str, ...]
    language: Language
    times: int = 1


def first(told: Break) -> tuple[int, bool, int]:
    """Of one promise the shortest conversation first, then what no conversation shows."""
    return told.promise, not told.messages, len(told.messages)


@dataclass(frozen=True, slots=True)
class Gap:
    """Who finds nothing better than the help line, and in how many towns of a region."""

    need: str
    age: str
    language: Language
    region: str
    towns: int


class AstrayError(Exception):
    """One message made the engine walk too far."""


class Steps(dict[StepId, Step]):
    """The steps of a book, which note each that is walked, and how many for one message."""

    def __init__(self, steps: Mapping[StepId, Step]) -> None:
        super().__init__(steps)
        self.seen: set[StepId] = set()
        self.walked = 0

    def __getitem__(self, id: StepId) -> Step:
        self.seen.add(id)
        self.walked += 1
        if self.walked > WALKED_MOST:
            raise AstrayError
        return super().__getitem__(id)


class Visit(NamedTuple):
    """A state that was come to, and the shortest conversation that leads there."""

    state: State | None  # None: before the first message, or after the last
    said: tuple[str, ...] = ()


class Answered(NamedTuple):
    """One message answered, and what the answer gives."""

    outcome: Outcome
    after: Visit
    contact: bool
    help: bool
    emergency: bool


def answer(book: Book, state: State | None, message: str, language: Language) -> Outcome:
    """The engine's own answer; without a state, to a first message.

    AstrayError: it walks too far, and the steps of the book are `Steps`.
    """
    if isinstance(book.steps, Steps):
        book.steps.walked = 0
    if state is None:
        return engine.begin(book, Message(message), NOW, language)
    return engine.step(book, state, Message(message), NOW)


class Findings:
    """Every promise that was found broken, and what the walks share."""

    def __init__(self, program: Program) -> None:
        self.catalog, self.written = program.catalog, program.book
        self.steps = Steps(program.book.steps)
        self.book = replace(program.book, steps=self.steps)
        self.projected = Projection(program.book)
        self.places = places(program.book)
        self.breaks: dict[tuple[int, Spot, str], Break] = {}
        self.walked: dict[int, Counter[str]] = {number: Counter() for number in range(1, 9)}
        self.messages = 0
        self.chosen: set[tuple[StepId, int]] = set()
        self.asked: dict[tuple[str, str, Language], tuple[str, ...]] = {}
        self.gives: dict[tuple[Language, tuple[Reply, ...]], tuple[bool, bool, bool]] = {}

    def broken(
        self, promise: int, at: str, what: str, said: tuple[str, ...], language: Language
    ) -> None:
        """Keep a break, to be mended at a text or step; of equal ones the shortest."""
        spot = self.spot(at)
        self.kept((promise, spot, what), Break(promise, spot, what, said, language))

    def kept(self, key: tuple[int, Spot, str], new: Break) -> None:
        """Keep a break; of equal ones the shortest conversation, and how often it was found."""
        old = self.breaks.get(key)
        if old is not None:
            new = replace(min(old, new, key=first), times=old.times + new.times)
        self.breaks[key] = new

    def spot(self, at: str) -> Spot:
        """Where a service, a text, or the first text of a step stands; else only the file."""
        service = self.book.directory.services.get(at)
        if service is not None:
            return Spot("directory/services.yaml", service.line)
        sources, id = self.book.sources, origin(StepId(at))
        found = [each for each in sources if each == at or each.startswith(f"{id}/")]
        if not found:
            return Spot(f"{id.partition('/')[0]}.yaml", 1)
        return min(Spot(sources[each].file, sources[each].line) for each in found)

    def turn(self, outcome: Outcome, said: tuple[str, ...]) -> Answered:
        """What an answer gives; what is wrong with its texts is found the first time."""
        key = outcome.language, outcome.replies
        if key not in self.gives:
            self.walked[7]["answers"] += 1
            self.fits(outcome, said)
            self.names_nothing(outcome, said)
            offers = [each for reply in outcome.replies for each in reply.offers if each.contacts]
            texts = [text.id for reply in outcome.replies for text in reply.texts]
            self.gives[key] = (
                bool(offers) or any(map(self.names_contact, texts)),
                any(offer.service == self.book.help_line for offer in offers),
                any(offer.shows == "emergency" for offer in offers),
            )
        return Answered(outcome, Visit(outcome.state, said), *self.gives[key])

    def names_nothing(self, outcome: Outcome, said: tuple[str, ...]) -> None:
        """Promise 7: what a text names from the conversation is known when it is said."""
        for text in texts_of(outcome):
            for name, value in text.args:
                if value in ("", OUTSIDE):
                    self.broken(7, text.id, _BLANK.format(name), said, outcome.language)

    def names_contact(self, id: TextId) -> bool:
        """Whether a text, or a right that it tells, names a contact."""
        said = self.book.sources[id].said if id in self.book.sources else ""
        rights = (TextId(f"rights/{name}") for name in _RIGHT.findall(said))
        return "{card:" in said or any(map(self.names_contact, rights))

    def fits(self, outcome: Outcome, said: tuple[str, ...]) -> None:
        """Promise 7 for one answer: all of it is said, and what it costs as text messages."""
        language, texts = outcome.language, list(texts_of(outcome))
        empty = [text.id for text in texts if not self.says(text, language)]
        for id in empty:
            self.broken(7, id, _EMPTY.format(language, id), said, language)
        if empty:
            return
        written = sms.write(outcome.replies, self.catalog, language)
        costs = max(map(sms.segments, written), default=0)
        hello = len(said) == 1 and outcome.state and not any(r.offers for r in outcome.replies)
        most, each = (1, 1) if hello else (sms.MESSAGES_MOST, sms.SEGMENTS_MOST)
        if len(written) > most or costs > each:
            letters = sms.forcing_letters("".join(written))
            why = f"; a letter like '{letters[0]}' halves the room" if letters else ""
            longest = max(texts, key=lambda text: len(self.says(text, language)))
            what = _LONG.format(language, len(written), costs, most, each, why)
            self.broken(7, longest.id, what, said, language)

    def says(self, text: Text, language: Language) -> str:
        try:
            return self.catalog.say(text, language, sms.VARIANTS).strip()
        except KeyError:
            return ""

    def reached(self, spoken: Mapping[Language, set[StepId]]) -> None:
        """Promise 4: every language is spoken, every step walked, every choice made."""
        own = self.of_one_language()
        for language, steps in spoken.items():
            for id in sorted(set().union(*spoken.values()) - steps - own):
                what = f"in {language}, nobody comes to '{id}'; name the language in always.yaml"
                self.broken(4, id, what, (), language)
        for id, step in self.written.steps.items():
            self.walked[4]["steps"] += 1
            if id not in self.steps.seen:
                what = f"no conversation comes to '{id}'; lead there or remove it"
                self.broken(4, id, what, (), SOURCE)
            for index, choice in enumerate(getattr(step, "choices", ())):
                self.walked[4]["choices"] += 1
                if id in self.steps.seen and (id, index) not in self.chosen:
                    what = f"nobody can make this choice at '{id}'; offer it or remove it"
                    self.broken(4, choice.label.id, what, (), SOURCE)

    def of_one_language(self) -> set[StepId]:
        """The steps that a branch on the language leads to, and those said alike in all."""
        fixed = {id for id, s in self.written.steps.items() if isinstance(s, Ask) and s.fixed}
        branches = [each for each in self.written.steps.values() if isinstance(each, Branch)]
        on_language = [each for each in branches if each.answer == "language"]
        targets = ((*each.cases.values(), each.otherwise) for each in on_language)
        return fixed.union(*targets)

    def texts(self) -> None:
        """Promise 7 for the texts no walk came by: those of other channels and towns."""
        for language in self.catalog.languages:
            for id in self.book.sources:
                if id != SMS_LETTERS.id:
                    self.walked[7]["texts"] += 1
                    pieces = self.catalog.said[language].get(id, ())
                    if not "".join(pieces).strip():
                        self.broken(7, id, _EMPTY.format(language, id), (), language)

    def referrals(self) -> Counter[tuple[str, str, Language, str]]:
        """Promise 5; and how many towns of a region find nothing better than the help line."""
        gaps: Counter[tuple[str, str, Language, str]] = Counter()
        answers, rows = self.book.answers, self.book.directory.towns
        needs, towns = (answers[name].values if name in answers else () for name in _ASKED)
        for need, age, language in product(needs, AGES, self.catalog.languages):
            known: dict[tuple[str, ...], bool] = {}  # towns with the same lists share an answer
            for town in towns:
                self.walked[5]["combinations"] += 1
                areas = areas_of(self.book.directory, town)
                key = tuple(a for a in areas if (need, a, age, language) in self.book.offers)
                if key not in known:
                    known[key] = self.referred(need, age, language, town)
                if not known[key]:
                    region = rows[Place(town)].region if town in rows else town
                    gaps[need, age, language, region] += 1
        return gaps

    def referred(self, need: str, age: str, language: Language, town: str) -> bool:
        """Whether something better than the help line is offered."""
        asked = self.asked.get((need, age, language))
        said = (*asked, town) if asked else ()
        try:
            offers = best(self.book, need, town, age, language, NOW)
        except Exception as error:  # told like any other break
            what = f"{need}, {age} in {language} cannot be referred ({type(error).__name__})"
            self.broken(5, "always/help", f"{what}; mend their services", said, language)
            return True
        mute = next((offer.service for offer in offers if not offer.contacts), "")
        if mute or not offers:
            self.broken(5, mute or "always/help", _MUTE if mute else _NOTHING, said, language)
        return bool(better(self.book, offers))


_RIGHT = re.compile(r"\{right:([^{}]*)\}")
_ASKED: Final = ("need", "town")
_EMPTY: Final = "in {}, the text '{}' is empty; write it"
_LONG: Final = "in {}, this answer takes {} texts of up to {} segments, not {} of {}{}; shorten it"
_BLANK: Final = "this text names {{{}}}, which is not known here; branch on it before"
_MUTE: Final = "this service is offered without a number to reach it; give it one or close it"
_NOTHING: Final = "nothing is offered, not even the help line; give the help line a number"


def texts_of(outcome: Outcome) -> Iterator[Text]:
    """Every text of an answer."""
    for reply in outcome.replies:
        yield from (*reply.texts, *reply.choices)
        for offer in reply.offers:
            yield from (*filter(None, (offer.label,)), *offer.before, *offer.why)
