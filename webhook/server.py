"""The server: uvicorn with httptools and uvloop, and a deadline for everything that a client does.

Chosen by measuring; see "Which server" in benchmarks/README.md. What uvicorn lacks for a single
connection stands in `protocol.py`.
Rule: no banner, no date, no access log, no websockets.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from contextlib import suppress
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from bot import quiet
from webhook.guard import RECEIVE_SECONDS, Guard
from webhook.protocol import CONNECTIONS_MOST, Straight, Timed, Waiting

if sys.platform == "win32":  # where uvloop does not run
    from asyncio import new_event_loop
else:
    from uvloop import new_event_loop

FILES_MOST: Final = CONNECTIONS_MOST + 1_000  # connections, and room for the rest of the process
BACKLOG: Final = 1_024


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

    `seconds` and `most` are those of `protocol.py`, Rules 1 and 3.
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
    """Uvicorn with everything that speaks turned off, and our protocol."""
    limits = {"seconds": seconds, "most": most, "waiting": Waiting()}
    if isinstance(app, Guard):
        protocol: type[Timed] = type("Straight", (Straight,), {**limits, "guard": app})
    else:
        protocol = type("Timed", (Timed,), limits)
    return uvicorn.Config(
        app,
        http=protocol,
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
