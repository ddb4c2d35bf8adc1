"""The server: uvicorn with httptools and uvloop, and a deadline for everything that a client does.

Chosen by measuring; see "Which server" in benchmarks/README.md. What uvicorn lacks stands here:
Rule 1: a connection has a deadline at any time: until its request is complete, until the answer is
ready and taken, and between two requests. More bytes do not move it.
Rule 2: the head of a request is bounded too, since the parser collects it without an end.
Rule 3: where connections are too many, the one that has kept us waiting longest makes room: a
newcomer is never turned away.
Rule 4: no banner, no date, no access log, no websockets.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from contextlib import suppress
from typing import Any, ClassVar, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from bot import quiet
from webhook.guard import HEADERS, RECEIVE_SECONDS

if sys.platform == "win32":  # where uvloop does not run
    from asyncio import new_event_loop
else:
    from uvloop import new_event_loop

HEAD_MOST: Final = 16 * 1024  # bytes of a request's first line and headers
CONNECTIONS_MOST: Final = 4_000
FILES_MOST: Final = CONNECTIONS_MOST + 1_000  # connections, and room for the rest of the process
BACKLOG: Final = 1_024
ANSWER_SECONDS: Final = 30.0  # twice what Twilio waits
_BAD_REQUEST: Final = b"".join(
    [
        b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n",
        *(name + b": " + value + b"\r\n" for name, value in HEADERS),
        b"\r\n",
    ]
)


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
        self._rest()
        self._timer = self.loop.call_later(ANSWER_SECONDS, self.late)
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
        self._rest()
        self._timer = self.loop.call_later(self.seconds, self.late)
        self.waiting.add(self)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self.waiting.drop(self)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0: any free one. OSError: it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def url(at: socket.socket) -> str:
    """The address of a listening socket, as a person opens it."""
    host, port = at.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  compared, not bound
    return f"http://{shown}:{port}"


def serve(
    app: ASGIApp,
    at: socket.socket,
    *,
    seconds: float = RECEIVE_SECONDS,
    most: int = CONNECTIONS_MOST,
) -> None:
    """Serve `app` on a listening socket until SIGINT or SIGTERM.

    `seconds` and `most` are those of Rules 1 and 3.
    """
    quiet.hush()
    _allow_files()
    gc.collect()
    gc.freeze()  # the book stays; looking through it again made one answer in a hundred wait
    server = uvicorn.Server(configured(app, seconds, most))
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_run(server, at))


def configured(
    app: ASGIApp, seconds: float = RECEIVE_SECONDS, most: int = CONNECTIONS_MOST
) -> uvicorn.Config:
    """Uvicorn with everything that speaks turned off, and our protocol (Rules 1 to 4)."""
    limits = {"seconds": seconds, "most": most, "waiting": Waiting()}
    return uvicorn.Config(
        app,
        http=type("Timed", (Timed,), limits),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,  # the guard does it, if a setting says so
        backlog=BACKLOG,
        timeout_graceful_shutdown=5,
        workers=1,
    )


async def _run(server: uvicorn.Server, at: socket.socket) -> None:
    asyncio.get_running_loop().set_exception_handler(quiet.uncaught)
    await server.serve(sockets=[at])


def _allow_files() -> None:
    """Let the process hold as many sockets as Rule 3 counts on, where the system agrees."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_MOST if hard == resource.RLIM_INFINITY else min(FILES_MOST, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
