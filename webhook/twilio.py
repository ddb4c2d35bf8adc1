"""SMS and WhatsApp as Twilio brings them: a signed form in, TwiML out.

Rule 1: what is not signed (`inbound.py`) gets an empty 403, and nothing happens: no count, no
limit, no report.
Rule 2: whoever signed is answered with 200 and TwiML, whatever breaks here. Any other answer makes
Twilio write the person's words into its debugger, and the person gets silence.
Rule 3: what is delivered twice happens once. Nothing waits between looking a message up and
remembering what it was answered.
Rule 4: a conversation travels, sealed, in the cookie that Twilio keeps for the two numbers. What
is kept here, behind masks and for minutes, is for retries, for a carrier that loses the cookie,
and for a second message that overtakes the answer to the first.
"""

from __future__ import annotations

from asyncio import Event
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.types import Scope

from bot import quiet
from bot.channels import sms
from bot.conversation import Answer
from bot.model import SOURCE, Language, Reply, Text, TextId
from bot.seal import IDLE_SECONDS
from bot.sessions import Memory
from webhook import sweeper, twiml
from webhook.entrance import FORBIDDEN, Answered, Entrance, Headers, route
from webhook.house import House
from webhook.inbound import COOKIE, HELP, PATH, START, STOP, Inbound, Signatures, read
from webhook.limits import Verdict

COOKIE_SECONDS: Final = (
    4 * 60 * 60
)  # Twilio forgets it after as much silence; the seal long before
REPEATED_SECONDS: Final = 10 * 60.0  # how long a second delivery is known for one
REPEATED_MOST: Final = 20_000  # answers kept for that, about a kilobyte each
PAST_MOST: Final = 8  # superseded states known of one conversation
MARK: Final = 16  # the last letters of a sealed state, which tell it from others and open nothing
WRITTEN_MOST: Final = 4_096  # answers kept ready to be sent, about a kilobyte each

NO_PICTURES: Final = Text(TextId("always/sms/no_pictures"))
UNCLEAR: Final = frozenset({TextId("always/unclear/first"), TextId("always/place/unclear")})
FORGET: Final = ""  # as a cookie: there is nothing to carry any more
_TYPE: Final = (b"content-type", f"{twiml.TYPE}; charset=utf-8".encode())


# What a message is answered ----------------------------------------------------------------


class Given(NamedTuple):
    """An answer. `cookie`: a sealed state, FORGET, or None: Twilio keeps the one it has."""

    body: bytes
    cookie: str | None = None

    def __repr__(self) -> str:
        return "Given()"


class Talk(NamedTuple):
    """A conversation as it stands: its sealed state ("": forgotten), and marks of what was."""

    token: str
    past: tuple[str, ...]  # of states that it has left behind
    message: bytes  # the message that brought it here

    def __repr__(self) -> str:
        return "Talk()"


class Door:
    """Answers messages. Its memory is behind masks, bounded, and dies with the process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._talks: Memory[Talk] = Memory(IDLE_SECONDS)
        self._given: Memory[Given] = Memory(REPEATED_SECONDS, REPEATED_MOST)
        self._written: dict[tuple[tuple[Reply, ...], Language], bytes] = {}
        languages = house.program.catalog.languages
        self._helps = {tag: self._said(house.conversation.help(tag)) for tag in languages}

    def take(self, inbound: Inbound) -> Given:
        """The answer to one message; never an exception."""
        try:
            return self._once(inbound) if inbound.message else Given(twiml.SILENCE)
        except Exception as error:  # Rule 2
            return self._last_resort(inbound, inbound.cookie, error)

    def _once(self, inbound: Inbound) -> Given:
        now, mask = self._house.seconds(), self._house.masks.mask
        pair, message = mask("twilio", inbound.sender, inbound.to), mask("message", inbound.id)
        talk = self._talks.get(pair, now)
        given = self._given.get(message, now) if inbound.id else None
        if given is not None:
            # The cookie of an answer long past would take the conversation back there.
            last = talk is not None and talk.message == message
            return given if last else given._replace(cookie=None)
        given = self._tried(inbound, self._token(inbound, talk))
        self._given.put(message, given, now)
        if given.cookie is not None:
            past = self._past(inbound, talk, given.cookie)
            self._talks.put(pair, Talk(given.cookie, past, message), now)
        return given

    def _token(self, inbound: Inbound, talk: Talk | None) -> str:
        """The newest state known: the cookie's, unless it is one that was left behind."""
        if talk is None:
            return inbound.cookie
        stale = inbound.cookie[-MARK:] in talk.past
        return talk.token if stale or not inbound.cookie else inbound.cookie

    def _past(self, inbound: Inbound, talk: Talk | None, new: str) -> tuple[str, ...]:
        before, token = (talk.past, talk.token) if talk is not None else ((), "")
        left = (inbound.cookie,) if inbound.cookie == token else (inbound.cookie, token)
        marks = [each[-MARK:] for each in left if each not in ("", new)]
        return (*before, *marks)[-PAST_MOST:]

    def _tried(self, inbound: Inbound, token: str) -> Given:
        try:
            return self._answer(inbound, token)
        except Exception as error:  # Rule 2; and a retry finds this answer
            return self._last_resort(inbound, token, error)

    def _answer(self, inbound: Inbound, token: str) -> Given:
        meant = inbound.meant
        if meant == STOP:
            return Given(twiml.SILENCE, FORGET)
        if meant == HELP and inbound.opt_out:
            return Given(twiml.SILENCE)  # Twilio has sent the operator's own help text
        verdict = self._house.limits.weigh(f"twilio {inbound.sender}")
        if verdict is not Verdict.ANSWER:
            return self._limited(inbound, token, verdict)
        answer = self._spoken(inbound, token, meant)
        return Given(self._said(answer), answer.token or FORGET)

    def _spoken(self, inbound: Inbound, token: str, meant: str) -> Answer:
        say, channel, bond = self._house.conversation.answer, inbound.channel, inbound.bond
        if meant == START:
            return say("", "", channel, bond)
        if meant == HELP:
            return say("0", token, channel, bond)
        answer = say(inbound.body, token, channel, bond)
        return _blind(answer) if inbound.media and not inbound.body.strip() else answer

    def _limited(self, inbound: Inbound, token: str, verdict: Verdict) -> Given:
        """Too many messages: the help line now and then, and the conversation as it was."""
        if verdict is Verdict.QUIET:
            return Given(twiml.SILENCE)
        language = self._house.conversation.language(token, inbound.channel, inbound.bond)
        return Given(self._helps.get(language, self._helps[SOURCE]))

    def _said(self, answer: Answer) -> bytes:
        """The answer as TwiML, written once.

        What is kept tells of nobody: replies hold texts of the flows and the directory, and
        the names of towns and languages there, never a word of a person. It says neither who
        got it nor when, is bounded, and dies with the process.
        """
        key = answer.replies, answer.language
        written = self._written.get(key)
        if written is None:
            catalog = self._house.program.catalog
            written = twiml.messages(sms.write(answer.replies, catalog, answer.language))
            if len(self._written) >= WRITTEN_MOST:
                self._written.clear()
            self._written[key] = written
        return written

    def _last_resort(self, inbound: Inbound, token: str, error: Exception) -> Given:
        """The help line as it was written down at start, in their language where that is known."""
        language: Language = SOURCE
        quiet.report(error)
        with suppress(Exception):  # what broke may be the seal
            spoken = self._house.conversation.language
            language = spoken(token, inbound.channel, inbound.bond)
        return Given(self._helps.get(language, self._helps[SOURCE]))


def _blind(answer: Answer) -> Answer:
    """The question again, and that pictures cannot be seen, rather than "I did not understand"."""
    first, *rest = answer.replies
    texts = tuple(text for text in first.texts if text.id not in UNCLEAR) or first.texts
    return replace(answer, replies=(first._replace(texts=(NO_PICTURES, *texts)), *rest))


# The door ----------------------------------------------------------------------------------


def add(app: FastAPI, house: House) -> Entrance:
    """Add POST /twilio, for SMS and WhatsApp."""
    address, token = house.settings.public_url + PATH, house.settings.twilio_auth_token
    signatures = Signatures(token.get_secret_value() if token else "", address)
    door, path = Door(house), urlsplit(address).path

    def answer(scope: Scope, body: bytes) -> Answered:
        inbound = read(scope, body, signatures)
        if inbound is None:
            return FORBIDDEN
        given = door.take(inbound)
        return Answered(200, _headers(given.cookie, path), given.body)

    app.router.add_route(PATH, route(answer), methods=["POST"])
    return Entrance(answer=answer)


def _headers(cookie: str | None, path: str) -> Headers:
    if cookie is None:
        return [_TYPE]
    seconds = 0 if cookie == FORGET else COOKIE_SECONDS
    value = f"{COOKIE}={cookie}; Max-Age={seconds}; Path={path}; HttpOnly; Secure"
    return [_TYPE, (b"set-cookie", value.encode())]


def background(house: House) -> list[Callable[[], Awaitable[None]]]:
    """What runs beside the door for as long as the application does; ended by cancelling it."""
    if not sweeper.wanted(house.settings):
        return []
    return [partial(sweeper.sweeping, house, Event())]
