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
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from bot import quiet
from bot.channels import sms
from bot.conversation import Answer
from bot.model import SOURCE, Language, Text, TextId
from bot.seal import IDLE_SECONDS
from bot.sessions import Memory
from webhook import sweeper, twiml
from webhook.house import House
from webhook.inbound import COOKIE, HELP, PATH, START, STOP, Inbound, Signatures, read
from webhook.limits import Verdict

COOKIE_SECONDS: Final = (
    4 * 60 * 60
)  # Twilio forgets it after as much silence; the seal long before
REPEATED_SECONDS: Final = 10 * 60.0  # how long a second delivery is known for one
REPEATED_MOST: Final = 20_000  # answers kept for that, about a kilobyte each
PAST_MOST: Final = 8  # superseded states known of one conversation

NO_PICTURES: Final = Text(TextId("always/sms/no_pictures"))
UNCLEAR: Final = frozenset({TextId("always/unclear/first"), TextId("always/place/unclear")})
FORGET: Final = ""  # as a cookie: there is nothing to carry any more


# What a message is answered ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Given:
    """An answer. `cookie`: a sealed state, FORGET, or None: Twilio keeps the one it has."""

    body: bytes
    cookie: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Talk:
    """A conversation as it stands: its sealed state ("": forgotten), and masks of what was."""

    token: str
    past: tuple[bytes, ...]  # states that it has left behind
    message: bytes  # the message that brought it here


class Door:
    """Answers messages. Its memory is behind masks, bounded, and dies with the process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._talks: Memory[Talk] = Memory(IDLE_SECONDS)
        self._given: Memory[Given] = Memory(REPEATED_SECONDS, REPEATED_MOST)
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
            return given if last else replace(given, cookie=None)
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
        stale = self._house.masks.mask("token", inbound.cookie) in talk.past
        return talk.token if stale or not inbound.cookie else inbound.cookie

    def _past(self, inbound: Inbound, talk: Talk | None, new: str) -> tuple[bytes, ...]:
        before = talk.past if talk is not None else ()
        left = dict.fromkeys((inbound.cookie, talk.token if talk is not None else ""))
        masks = [
            self._house.masks.mask("token", token) for token in left if token not in ("", new)
        ]
        return (*before, *masks)[-PAST_MOST:]

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
        catalog = self._house.program.catalog
        return twiml.messages(sms.write(answer.replies, catalog, answer.language))

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


def add(app: FastAPI, house: House) -> None:
    """Add POST /twilio, for SMS and WhatsApp."""
    address, token = house.settings.public_url + PATH, house.settings.twilio_auth_token
    signatures = Signatures(token.get_secret_value() if token else "", address)
    door, path = Door(house), urlsplit(address).path

    async def receive(request: Request) -> Response:
        inbound = read(request, await request.body(), signatures)
        if inbound is None:
            return Response(status_code=403)
        given = door.take(inbound)
        return Response(given.body, headers=_headers(given.cookie, path), media_type=twiml.TYPE)

    app.router.add_route(PATH, receive, methods=["POST"])


def _headers(cookie: str | None, path: str) -> dict[str, str] | None:
    if cookie is None:
        return None
    seconds = 0 if cookie == FORGET else COOKIE_SECONDS
    value = f"{COOKIE}={cookie}; Max-Age={seconds}; Path={path}; HttpOnly; Secure"
    return {"set-cookie": value}


def background(house: House) -> list[Callable[[], Awaitable[None]]]:
    """What runs beside the door for as long as the application does; ended by cancelling it."""
    if not sweeper.wanted(house.settings):
        return []
    return [partial(sweeper.sweeping, house, Event())]
