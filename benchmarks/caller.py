"""Twilio's side of the wire: signed messages of many people, over connections that stay open.

Rule 1: what can be made before the clock starts is made before: forms, signatures, heads.
Rule 2: everybody writes from a number of their own, every message has an id of its own, and
the cookie of an answer goes back with the next message, as Twilio does it.
Rule 3: an answer that is not 200, or not the right one, ends the run: it is not timed.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from time import perf_counter
from typing import Final, cast
from urllib.parse import urlencode

import httptools
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # no types

from benchmarks.doors import PATH, TOKEN, URL
from benchmarks.subjects import TYPED

WAIT_SECONDS: Final = 60.0  # for a run, and for a server that starts
_PLACE: Final = {"City": "HARTFORD", "State": "CT", "Zip": "06103", "Country": "US"}
# The fields of a text message as Twilio posts them; the rest differs from message to message.
FIELDS: Final = {
    **{f"{end}{name}": value for end in ("From", "To") for name, value in _PLACE.items()},
    "AccountSid": "AC00000000000000000000000000000000",
    "MessagingServiceSid": "MG00000000000000000000000000000000",
    "ApiVersion": "2010-04-01",
    "NumMedia": "0",
    "NumSegments": "1",
    "SmsStatus": "received",
    "To": "+18605550100",
}

Request = tuple[bytes, bytes]  # what stands before the cookie, and after it
Talk = tuple[Request, ...]  # the messages of one person


class WrongError(Exception):
    """A door did not answer as it should. Says how."""


# What is sent ------------------------------------------------------------------------------


def talks() -> Iterator[Talk]:
    """Conversations of ever new people, ready to be sent."""
    validator = RequestValidator(TOKEN)
    for person in count():
        yield tuple(message(validator, person, place, typed) for place, typed in enumerate(TYPED))


def message(validator: RequestValidator, person: int, place: int, typed: str) -> Request:
    """One signed message: the `place`th of a person."""
    sid = f"SM{person:026x}{place:06x}"
    own = {"SmsMessageSid": sid, "SmsSid": sid, "MessageSid": sid, "Body": typed}
    form = {**FIELDS, **own, "From": f"+1860555{person % 10**7:07d}"}
    return posted(urlencode(form).encode(), validator.compute_signature(URL + PATH, form))


def posted(body: bytes, signature: str) -> Request:
    """A request, open where a cookie may be put in."""
    head = (
        f"POST {PATH} HTTP/1.1\r\n"
        "host: waypost.example\r\n"
        "user-agent: TwilioProxy/1.1\r\n"
        "accept: */*\r\n"
        "content-type: application/x-www-form-urlencoded; charset=utf-8\r\n"
        f"content-length: {len(body)}\r\n"
        f"x-twilio-signature: {signature}\r\n"
    )
    return head.encode(), b"\r\n" + body


def forged() -> Talk:
    """A message that somebody else has signed."""
    return (message(RequestValidator("not the token"), 0, 0, TYPED[0]),)


# Who sends it ------------------------------------------------------------------------------


@dataclass(slots=True)
class Run:
    """What several connections share. `times`: seconds of each answer."""

    talks: Iterator[Talk]
    proof: bytes = b""
    status: int = 200
    times: list[float] = field(default_factory=list)
    last: bytes = b""  # the end of the conversation that ended last


class Caller(asyncio.Protocol):
    """One connection: conversations one after another, and of each a message at a time."""

    def __init__(self, run: Run, done: asyncio.Future[None]) -> None:
        self._run = run
        self._done = done
        self._messages: Iterator[Request] = iter(())
        self._left = 0
        self._cookie = b""
        self._body: list[bytes] = []
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpResponseParser(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._end(WrongError(str(error.__context__ or error)))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  either way too early
        self._end(WrongError("the connection was cut"))

    def on_header(self, name: bytes, value: bytes) -> None:
        if name == b"set-cookie":
            self._cookie = b"cookie: " + value.partition(b";")[0] + b"\r\n"

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        self._run.times.append(perf_counter() - self._began)
        status = self._parser.get_status_code()
        if status != self._run.status:
            self._end(WrongError(f"status {status}"))
            return
        if not self._left:
            self._run.last = b"".join(self._body)
            if self._run.proof not in self._run.last:
                self._end(WrongError("the last answer of a conversation is not the right one"))
                return
        self.next()

    def next(self) -> None:
        """Write the next message; the first of a new conversation where one has ended."""
        if not self._left:
            talk = next(self._run.talks, ())
            self._messages, self._left, self._cookie = iter(talk), len(talk), b""
        if not self._left:
            self._end(None)
            return
        self._left -= 1
        self._body.clear()
        before, after = next(self._messages)
        self._began = perf_counter()
        self._transport.write(before + self._cookie + after)

    def _end(self, error: Exception | None) -> None:
        if self._done.done():
            return
        if error is None:
            self._done.set_result(None)
        else:
            self._done.set_exception(error)
        self._transport.close()


async def call(port: int, run: Run, connections: int) -> float:
    """Hold all conversations of `run`; the seconds that it took. WrongError."""
    loop = asyncio.get_running_loop()
    done = [loop.create_future() for _ in range(connections)]
    async with asyncio.timeout(WAIT_SECONDS):
        callers = [await _opened(port, run, each) for each in done]
        gc.collect()
        gc.disable()  # the clock is that of the answers, not of our own pauses
        began = perf_counter()
        try:
            for caller in callers:
                caller.next()
            await asyncio.gather(*done)
        finally:
            gc.enable()
        return perf_counter() - began


async def _opened(port: int, run: Run, done: asyncio.Future[None]) -> Caller:
    loop = asyncio.get_running_loop()
    _, caller = await loop.create_connection(partial(Caller, run, done), "127.0.0.1", port)
    return caller
