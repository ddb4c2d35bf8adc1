"""The glue: one message in, one answer out. The only caller of the engine for real people.

Rule 1: everybody gets an answer with a help number, also when our own code fails.
Rule 2: a conversation travels sealed with the person; nothing of it stays here.
Rule 3: what is counted leaves by `count`, as events; nothing else leaves.
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
from bot.seal import Seal

HELP_TEXT: Final = Text(TextId("always/help/say"))
SOURCE_ANSWER: Final = "source"  # counted where a link says it, never part of a state

Count = Callable[[str, tuple[Event, ...]], None]  # channel, what happened


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door shows, and the token it sends along; None: the person is forgotten."""

    replies: tuple[Reply, ...]
    language: Language
    token: str | None
    erase: bool = False


def not_counted(_channel: str, _events: tuple[Event, ...]) -> None:
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
    ) -> None:
        self.program = program
        self._seal = seal
        self._codec = packing.codec(program.book)
        self._count = count
        self._minute = minute
        self._seconds = seconds

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
            self._count(channel, outcome.events)
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
