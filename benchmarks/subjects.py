"""Who holds the benchmark's conversation: the engine, alone and with what surrounds it; its peers.

Rule 1: a subject that does not end with the right services is refused, not timed.
Rule 2: all hold the same six messages, from a hello to the services of a town, and keep what
they need for a seventh.
Rule 3: whatever can be made before the first message is made before the clock starts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from benchmarks import handwritten, ptb
from benchmarks.larger import more_flows, more_services
from bot import engine, load, packing
from bot.channels import sms
from bot.model import Book, Instant, Message, Outcome

NOW: Final = Instant(10 * 60)  # Monday, 10:00
TYPED: Final = ("hi", "1", "1", "1", "2", "bridgeport")
MESSAGES: Final = tuple(map(Message, TYPED))
FLOWS_TIMES, SERVICES_TIMES = 10, 100

OURS, CODEC, SMS = "engine", "engine, packed each message", "the same, written as SMS"
FLOWS, SERVICES = f"engine, {FLOWS_TIMES}x flows", f"engine, {SERVICES_TIMES}x services"
HAND = "hand-written dictionaries"
PTB, WIRED = "ConversationHandler, not sending", "ConversationHandler, sending to nobody"


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that can hold the conversation.

    `run` holds it so many times and gives the seconds it took; `keep` holds so many
    conversations open at once and gives what keeps them.
    """

    name: str
    run: Callable[[int], float]
    keep: Callable[[int], object]


def timed(once: Callable[[], object], times: int) -> float:
    """Seconds that so many calls take."""
    begun = perf_counter()
    for _ in range(times):
        once()
    return perf_counter() - begun


def subjects(program: load.Program, loop: asyncio.Runner) -> list[Subject]:
    """All of them, ready to be timed."""
    book, tables = program.book, handwritten.tables(program, NOW)
    return [
        engine_subject(OURS, book),
        codec_subject(book),
        sms_subject(program),
        engine_subject(FLOWS, more_flows(book, FLOWS_TIMES)),
        engine_subject(SERVICES, more_services(book, SERVICES_TIMES)),
        hand_subject(tables, _offered(converse(book))),
        ptb_subject(PTB, tables, loop, wired=False),
        ptb_subject(WIRED, tables, loop, wired=True),
    ]


def converse(book: Book) -> Outcome:
    """The conversation with the engine; its last outcome."""
    outcome = engine.begin(book, MESSAGES[0], NOW)
    for message in MESSAGES[1:]:
        assert outcome.state is not None  # noqa: S101  typing; no message of these leaves
        outcome = engine.step(book, outcome.state, message, NOW)
    return outcome


def _unsaid(outcome: Outcome) -> None:
    """What is said when only the state matters: nothing."""


def travel(book: Book, codec: packing.Codec, say: Callable[[Outcome], object] = _unsaid) -> bytes:
    """The same, but between two messages there are only bytes, as in a cookie."""
    packed = b""
    for message in MESSAGES:
        state = codec.unpack(packed) if packed else None
        if state is None:
            outcome = engine.begin(book, message, NOW)
        else:
            outcome = engine.step(book, state, message, NOW)
        say(outcome)
        assert outcome.state is not None  # noqa: S101  typing; no message of these leaves
        packed = codec.pack(outcome.state)
    return packed


def engine_subject(name: str, book: Book) -> Subject:
    """The engine with a book. What is kept is a `State`."""
    _refuse_unless(bool(_offered(converse(book))), name)
    return Subject(
        name,
        lambda times: timed(lambda: converse(book), times),
        lambda people: {person: converse(book).state for person in range(people)},
    )


def codec_subject(book: Book) -> Subject:
    """The engine, and the state packed and unpacked. What is kept is its bytes."""
    codec = packing.codec(book)
    _refuse_unless(codec.unpack(travel(book, codec)) == converse(book).state, CODEC)
    return Subject(
        CODEC,
        lambda times: timed(lambda: travel(book, codec), times),
        lambda people: {person: travel(book, codec) for person in range(people)},
    )


def sms_subject(program: load.Program) -> Subject:
    """Everything but the door: also the texts, in a language, in segments."""
    book, codec = program.book, packing.codec(program.book)

    def say(outcome: Outcome) -> list[str]:
        return sms.write(outcome.replies, program.catalog, outcome.language)

    first = _offered(converse(book))[0]
    _refuse_unless(any(first in text for text in say(converse(book))), SMS)
    return Subject(
        SMS,
        lambda times: timed(lambda: travel(book, codec, say), times),
        lambda people: {person: travel(book, codec, say) for person in range(people)},
    )


def hand_subject(tables: handwritten.Tables, services: Sequence[str]) -> Subject:
    """The hand-written machine. What is kept is its session, a dictionary."""

    def once() -> handwritten.Session:
        session: handwritten.Session = {}
        for typed in TYPED:
            handwritten.reply(tables, session, typed, NOW)
        return session

    session = dict(once(), at="town")
    said = "".join(handwritten.reply(tables, session, TYPED[-1], NOW))
    _refuse_unless(all(name in said for name in services), HAND)
    return Subject(
        HAND,
        lambda times: timed(once, times),
        lambda people: {person: once() for person in range(people)},
    )


def ptb_subject(
    name: str, tables: handwritten.Tables, loop: asyncio.Runner, *, wired: bool
) -> Subject:
    """ConversationHandler. People leave after the clock has stopped, so that all begin anew."""
    app = ptb.application(tables, wired=wired)
    loop.run(app.initialize())

    async def leave(person: int) -> None:
        await app.process_update(ptb.update(app, person, "/leave"))
        app.drop_user_data(person)  # or whoever is counted would find their place made

    async def run(times: int) -> float:
        updates = [ptb.update(app, person, typed) for person in range(times) for typed in TYPED]
        begun = perf_counter()
        for update in updates:
            await app.process_update(update)
        took = perf_counter() - begun
        for person in range(times):
            await leave(person)
        return took

    async def keep(people: int) -> ptb.App:
        for person in range(people):
            for typed in TYPED:
                await app.process_update(ptb.update(app, person, typed))
        return app

    loop.run(keep(1))
    _refuse_unless(app.user_data[0].get("town") == "Bridgeport", name)
    loop.run(leave(0))
    return Subject(name, lambda times: loop.run(run(times)), lambda n: loop.run(keep(n)))


def _offered(outcome: Outcome) -> list[str]:
    return [offer.name for reply in outcome.replies for offer in reply.offers]


def _refuse_unless(right: bool, name: str) -> None:
    if not right:
        raise SystemExit(f"{name}: does not end with the services; it would time something else")
