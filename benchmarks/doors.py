"""Who answers Twilio's webhooks: our door, with the conversation behind it, and its peers.

Rule 1: each is a process of its own, bound to one core, on the server that we run; one peer is
also run as uvicorn is without its extras.
Rule 2: nothing of ours is left out. Only the limit on all senders together is out of the way,
and not by a switch: the same limits run on a clock that is TIMES_FASTER.
Rule 3: each peer is written as its manual does, and not slowed down.

    python -m benchmarks.doors KEY SOCKET [CORE]      as `benchmarks.webhook` starts them
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from fastapi import FastAPI, HTTPException
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # no types
from twilio.twiml.messaging_response import (  # type: ignore[import-untyped]  # no types
    MessagingResponse,
)

from webhook import server

HOME: Final = Path(__file__).parent.parent
URL, PATH = "https://waypost.example", "/twilio"
TOKEN: Final = "12345"  # noqa: S105  made up, as in twilio's own examples
TODAY: Final = date(2026, 1, 5)  # of the directory, as in benchmarks/engine.py
TIMES_FASTER: Final = 1_000  # 300 messages a second become 300,000, and 30 a minute 500 a second
PADDING: Final = "." * 150  # a peer's answer is about as long as a text message


@dataclass(frozen=True, slots=True)
class Door:
    """Something that answers. `proof` is in every answer to "bridgeport", or it is refused."""

    name: str
    app: Callable[[], ASGIApp]
    proof: bytes
    checks: bool  # whether a forged signature gets a 403
    serve: Callable[[ASGIApp, socket.socket], None] = server.serve


def ours() -> ASGIApp:
    """The application of `waypost serve`, answering Twilio."""
    from bot.config import Settings
    from bot.load import load
    from webhook import counting
    from webhook.app import create_app
    from webhook.house import House, build
    from webhook.limits import Limits

    class Roomy(House):
        """A house in which the clock of the limits runs faster (Rule 2)."""

        def __post_init__(self) -> None:
            limits = Limits(self.masks, lambda: self.seconds() * TIMES_FASTER)
            object.__setattr__(self, "limits", limits)

    settings = Settings(
        public_url=URL,
        twilio_account_sid="AC0",
        twilio_auth_token=SecretStr(TOKEN),
        twilio_sweep=False,
        counts=SecretStr(f"{tempfile.gettempdir()}/counts.db"),
    )
    program = load(HOME / "flows", HOME / "locales", today=TODAY)
    counts = counting.opened(settings, program)
    house = build(settings, program, counting=counts)
    return create_app(Roomy(settings, program, house.conversation, counting=counts))


def ordinary() -> ASGIApp:
    """FastAPI and twilio's library as their manuals put them together; no conversation."""
    import python_multipart  # noqa: F401  what request.form() needs; better missed now than then

    app, validator = FastAPI(), RequestValidator(TOKEN)

    @app.post(PATH)
    async def receive(request: Request) -> Response:
        form = await request.form()
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(URL + PATH, form, signature):
            raise HTTPException(status_code=403)
        answer = MessagingResponse()
        answer.message(f"{form['Body']} {PADDING}")
        return Response(str(answer), media_type="text/xml")

    return app


def echo() -> ASGIApp:
    """The least that FastAPI does for a route of its own: the form comes back as it is."""
    app = FastAPI()

    @app.post(PATH)
    async def receive(request: Request) -> Response:
        return Response(await request.body(), media_type="text/xml")

    return app


def bare_echo() -> ASGIApp:
    """The same without what FastAPI does for a route: as ours is added, a route of Starlette."""
    app = FastAPI()

    async def receive(request: Request) -> Response:
        return Response(await request.body(), media_type="text/xml")

    app.router.add_route(PATH, receive, methods=["POST"])
    return app


def raw_echo() -> ASGIApp:
    """ASGI without a framework."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        length = (b"content-length", str(len(body)).encode())
        headers = [length, (b"content-type", b"text/xml; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def plain_uvicorn(app: ASGIApp, at: socket.socket) -> None:
    """uvicorn as `pip install uvicorn` gives it: h11, asyncio, a line of log a request."""
    import uvicorn

    config = uvicorn.Config(app, loop="asyncio", http="h11")
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # that it started, is known
    uvicorn.Server(config).run(sockets=[at])


OURS, ORDINARY, ECHO = "waypost", "ordinary", "echo"
DOORS: Final = {
    OURS: Door("Waypost, the whole conversation", ours, b"<Message>", checks=True),
    ORDINARY: Door("the ordinary way, no conversation", ordinary, b"<Message>", checks=True),
    "plain": Door(
        "the same on uvicorn without extras", ordinary, b"<Message>", True, plain_uvicorn
    ),
    ECHO: Door("FastAPI echo", echo, b"Body=bridgeport", checks=False),
    "bare": Door("FastAPI echo, a bare route", bare_echo, b"Body=bridgeport", checks=False),
    "raw": Door("ASGI echo, no framework", raw_echo, b"Body=bridgeport", checks=False),
}


def main(key: str, number: str, *core: str) -> None:
    """Serve one door on a socket that is open already, on one core, until terminated."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that the folder goes
    with tempfile.TemporaryDirectory() as tempfile.tempdir:
        door = DOORS[key]
        app = door.app()
        if core:
            os.sched_setaffinity(0, {int(core[0])})
        door.serve(app, socket.socket(fileno=int(number)))


if __name__ == "__main__":
    main(*sys.argv[1:])
