"""One connection: uvicorn's protocol, with deadlines, and a straight way to a door.

Rule 1: a connection has a deadline at any time: until its request is complete, until the answer is
ready and taken, and between two requests. More bytes do not move it.
Rule 2: the head of a request is bounded too, since the parser collects it without an end.
Rule 3: where connections are too many, the one that has kept us waiting longest makes room: a
newcomer is never turned away.
Rule 4: what the guard lets a door answer at once (`entrance.py`) is answered here, without a task
and an application around it. It gets the bytes that it would get there, and only the plainest
request goes this way, one each time that something has come; every other is a task as always.
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import Any, ClassVar, Final, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from webhook.entrance import Answered, Ready
from webhook.guard import HEADERS, RECEIVE_SECONDS, Guard, body_most

HEAD_MOST: Final = 16 * 1024  # bytes of a request's first line and headers
CONNECTIONS_MOST: Final = 4_000
ANSWER_SECONDS: Final = 30.0  # twice what Twilio waits
_LINES: Final = b"".join(name + b": " + value + b"\r\n" for name, value in HEADERS)
_BAD_REQUEST: Final = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n" + _LINES + b"\r\n"
)
_CLOSE: Final = (b"connection", b"close")
_TOO_LARGE: Final = Answered(413, [_CLOSE], b"")


class Waiting:
    """The connections that keep us waiting, the longest first."""

    __slots__ = ("_since",)

    def __init__(self) -> None:
        self._since: dict[Timed, None] = {}

    def add(self, connection: Timed) -> None:
        """Begins to wait now, whether or not it waited before."""
        self._since.pop(connection, None)
        self._since[connection] = None

    def drop(self, connection: Timed) -> None:
        """Waits no longer."""
        self._since.pop(connection, None)

    def make_room(self, most: int) -> None:
        """Cut the one that has waited longest, if there are more than `most`."""
        if len(self._since) > most:
            next(iter(self._since)).late()


class Timed(HttpToolsProtocol):
    """A connection with a deadline (Rules 1 to 3)."""

    seconds: ClassVar[float] = RECEIVE_SECONDS
    most: ClassVar[int] = CONNECTIONS_MOST
    waiting: ClassVar[Waiting] = Waiting()

    _timer: asyncio.TimerHandle | None = None
    _until = inf  # seconds of the loop's clock
    _running: RequestResponseCycle | None = None
    _in_head = False
    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it so
        super().connection_made(transport)
        self._wait()
        self.waiting.make_room(self.most)

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        if self._running is not None:  # with pipelining uvicorn tells only the newest
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        before = self._head if self._in_head else 0
        super().data_received(data)
        self._head = before + len(data)
        if self._in_head and self._head > HEAD_MOST:
            self.send_400_response("")

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._due(ANSWER_SECONDS)
        self.waiting.drop(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._unset_keepalive_if_required()  # ours is enough
        self._wait()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  uvicorn's, and no business of the sender
        """A fixed answer to what is no HTTP."""
        if not self.transport.is_closing():
            self.transport.write(_BAD_REQUEST)
            self.transport.close()

    def late(self) -> None:
        """The deadline has passed, or room is needed: nothing more is sent or waited for."""
        self._rest()
        self.transport.abort()

    def _wait(self) -> None:
        self._due(self.seconds)
        self.waiting.add(self)

    def _due(self, seconds: float) -> None:
        """Move the deadline. A timer that would ring too early is left to look again then."""
        self._until = self.loop.time() + seconds
        if self._timer is not None and self._timer.when() > self._until:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self.loop.call_later(seconds, self._ring)

    def _ring(self) -> None:
        self._timer, left = None, self._until - self.loop.time()
        if left > 0:
            self._timer = self.loop.call_later(left, self._ring)
        else:
            self.late()

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.waiting.drop(self)


class Straight(Timed):
    """A connection that knows the guard, and so the doors that answer at once (Rule 4)."""

    guard: ClassVar[Guard]

    _once = False  # nothing that has come just now was answered at once
    _answering: Ready | None = None  # what answers the request that is coming in

    def data_received(self, data: bytes) -> None:
        self._once = False
        super().data_received(data)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = self._straight(cycle)
        if self._answering is None:
            super()._start_asgi_task(cycle, app)

    def _straight(self, cycle: RequestResponseCycle) -> Ready | None:
        """Only the plainest: nothing came before it, nothing waits, somebody listens."""
        plain = cycle is self.cycle and cycle.more_body and not cycle.waiting_for_100_continue
        if self._once or not plain or self.flow.write_paused:
            return None
        return self.guard.at_once(cast(Scope, cycle.scope))

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self._answering and len(self.cycle.body) > body_most(cast(Scope, self.cycle.scope)):
            self._answer(_TOO_LARGE)

    def on_message_complete(self) -> None:
        if self._answering is None:
            super().on_message_complete()
        else:
            self._answer(self._answering(bytes(self.cycle.body)))

    def _answer(self, answered: Answered) -> None:
        cycle = self.cycle
        self._answering, self._once = None, True
        if self.transport.is_closing():
            return
        last = not cycle.keep_alive or _CLOSE in answered.headers
        self.transport.write(written(answered, last=last))
        cycle.response_started = cycle.response_complete = True
        cycle.on_response = _nothing  # or the two would keep each other alive
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        if last:
            self.transport.close()
        self._wait()


def written(answered: Answered, *, last: bool) -> bytes:
    """An answer as it goes over the wire, with the headers of every answer."""
    status, headers, body = answered
    lines = [STATUS_LINE[status], b"content-length: %d\r\n" % len(body)]
    lines += [b"%b: %b\r\n" % header for header in headers]
    lines.append(_LINES)
    if last and _CLOSE not in headers:
        lines.append(b"connection: close\r\n")
    return b"".join([*lines, b"\r\n", body])


def _nothing() -> None:
    """What uvicorn has an answered request call."""
