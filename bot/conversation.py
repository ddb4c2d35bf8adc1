"""The glue: one message in, one answer out. The only caller of the engine for real people.

Rule 1: everybody gets an answer with a help number, also when our own code fails.
Rule 2: a conversation travels sealed with the person. What stays here, for a quarter of an hour
and in memory, is which tokens were counted, so that a form that is sent twice counts once.
Rule 3: what is counted leaves by `count`, as events of the month in which the conversation began;
nothing else leaves. Whether it can be counted changes nothing for the person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import time
from typing import Final

from bot import clock, engine, packing, quiet
from bot.load import Program
from bot.model import (
    SOURCE,
    Event,
    Instant,
    Language,
    Message,
    Offer,
    Outcome,
    Reply,
    State,
    Text,
    TextId,
)
from bot.seal import IDLE_SECONDS, Seal
from bot.sessions import Memory
from bot.usage import periods

HELP_TEXT: Final = Text(TextId("always/help/say"))
SOURCE_ANSWER: Final = "source"  # counted where a link says it, never part of a state

ODD_MONTH: Final = 1 << packing.FACTS_MOST  # of State.counted: begun in a month with an odd number
_LAST: Final = 16  # letters at a token's end: 96 bits that no two tokens share

Count = Callable[[str, tuple[Event, ...], str], None]  # channel, what happened, month


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door shows, and the token it sends along; None: the person is forgotten."""

    replies: tuple[Reply, ...]
    language: Language
    token: str | None
    erase: bool = False


def this_month() -> str:
    """The month it is in Connecticut, as counters name it."""
    return periods.month_of(clock.today())


def not_counted(_channel: str, _events: tuple[Event, ...], _month: str) -> None:
    """For talks that are no usage: the terminal, tests."""


class Conversation:
    """One program, one seal. Holds no state of anybody."""

    def __init__(
        self,
        program: Program,
        seal: Seal,
        *,
        count: Count = not_counted,
        minute: Callable[[], Instant] = clock.now,
        seconds: Callable[[], float] = time,
        month: Callable[[], str] = this_month,
    ) -> None:
        self.program = program
        program.book.guess("hello", SOURCE)  # what it learns takes a second: before anybody waits
        self._seal = seal
        self._codec = packing.codec(program.book)
        self._count = count
        self._minute = minute
        self._seconds = seconds
        self._month = month
        self._spent: Memory[bool] = Memory(IDLE_SECONDS)

    def greet(self, channel: str, language: Language = SOURCE, bond: str = "") -> Answer:
        """The hello for somebody who has opened a page and written nothing: not counted yet."""
        outcome = engine.begin(self.program.book, Message(), self._minute(), language)
        fresh = outcome.state and outcome.state._replace(counted=0)
        return self._answer(outcome._replace(state=fresh), _tied(channel, bond))

    def answer(
        self,
        text: str,
        token: str,
        channel: str,
        bond: str = "",
        *,
        language: Language = SOURCE,
        source: str = "",
    ) -> Answer:
        """The answer to one message.

        `token` is what came back with it, "" where none did; `channel` is a declared value;
        `bond` names the two ends of the conversation on that channel, so that a token taken from
        one conversation is worth nothing in another. `language` and `source`, the kind of place
        where a link was shared, are those of a link that opens a conversation: they mean nothing
        in one that goes on, and what is not declared is passed over.
        """
        tied = _tied(channel, bond)
        state = self._opened(token, tied)
        try:
            outcome = self._turn(state, text, language, source)
            if outcome.events:
                outcome = self._counted(channel, token, state, outcome)
            return self._answer(outcome, tied)
        except Exception as error:  # Rule 1: whatever it is, somebody is waiting for a number
            quiet.report(error)
            return self.help(state.language if state is not None else SOURCE, token)

    def help(self, language: Language = SOURCE, token: str = "") -> Answer:
        """The help line, and the conversation as it was."""
        line = self.program.book.cards[self.program.book.help_line, "unsaid", language]
        bare = Offer(line.service, "", None, (), line.contacts, (), line.shows)
        return Answer((Reply((HELP_TEXT,), (bare,)),), language, token or None)

    def language(self, token: str, channel: str, bond: str = "") -> Language:
        """What a conversation is held in; English where there is none to go on with."""
        state = self._opened(token, _tied(channel, bond))
        return state.language if state is not None else SOURCE

    def holds(self, token: str, channel: str, bond: str = "") -> bool:
        """Whether a token is of a conversation to go on with, of that channel and bond."""
        return self._opened(token, _tied(channel, bond)) is not None

    def _turn(self, state: State | None, text: str, language: Language, source: str) -> Outcome:
        book, now = self.program.book, self._minute()
        if state is None:
            outcome = engine.begin(book, Message(text), now, language)
        else:
            outcome = engine.step(book, state, Message(text), now)
        if state is not None and state.counted:  # else a page that was greeted, or nobody yet
            return outcome
        declared = book.answers.get(SOURCE_ANSWER)
        if declared is None or not declared.counted or source not in declared.values:
            return outcome
        return outcome._replace(events=(*outcome.events, Event(SOURCE_ANSWER, source)))

    def _counted(self, channel: str, token: str, state: State | None, outcome: Outcome) -> Outcome:
        """Count what happened, once for every token, and remember in which month it began.

        All facts of one conversation belong to one month, or a talk over midnight would leave
        counts that do not add up. One bit is enough to know which: it is this month or the last.
        """
        began, bits = self._month(), state.counted if state is not None else 0
        odd = ODD_MONTH if periods.is_odd(began) else 0
        if not bits:
            bits = odd
        elif bits & ODD_MONTH != odd:
            began = periods.before(began)
        try:
            if self._first(token):
                self._count(channel, outcome.events, began)
        except Exception as error:  # Rule 3
            quiet.report(error)
        if outcome.state is None:
            return outcome
        kept = outcome.state.counted | bits & ODD_MONTH
        return outcome._replace(state=outcome.state._replace(counted=kept))

    def _first(self, token: str) -> bool:
        """Whether this token has not been counted before; "" is none, and always new."""
        if not token:
            return True
        key, now = token[-_LAST:].encode("utf-8", "surrogatepass"), self._seconds()
        if self._spent.get(key, now):
            return False
        self._spent.put(key, value=True, now=now)
        return True

    def _opened(self, token: str, tied: bytes) -> State | None:
        packed = self._seal.open(token, tied, self._seconds())
        return self._codec.unpack(packed) if packed is not None else None

    def _answer(self, outcome: Outcome, tied: bytes) -> Answer:
        token = None
        if outcome.state is not None:
            packed = self._codec.pack(outcome.state)
            token = self._seal.close(packed, tied, self._seconds())
        return Answer(outcome.replies, outcome.language, token, outcome.erase)


def _tied(channel: str, bond: str) -> bytes:
    """What a token is bound to."""
    return f"{channel}\0{bond}".encode("utf-8", "surrogatepass") if bond else channel.encode()
