"""A Telegram, the bot, and people who write to it: what the tests of that door share."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Route

from bot.config import Settings
from bot.load import Program
from bot.model import Event
from tests.telegram_fake import BOT, Fake, RefusedError, Shown
from webhook import app as whole
from webhook import telegram
from webhook.guard import Guard
from webhook.house import build
from webhook.lanes import Pace

ME, YOU = 700001, 700002
HELP = "1-888-373-7888"
HELLO = "Hi. I am a robot."


class Time:
    """A clock that goes when it is told."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Street:
    """The bot, Telegram, and people who write to it."""

    def __init__(self, fake: Fake, door: telegram.Door, app: Guard, time: Time) -> None:
        self.fake, self.door, self.app, self.time = fake, door, app, time
        self.counted: list[Event] = []
        transport = httpx.ASGITransport(app=app)
        self.http = httpx.AsyncClient(transport=transport, base_url="https://waypost.example")
        fake.post = self.post
        fake.secret = telegram.secret(BOT)

    async def post(self, body: bytes, headers: dict[str, str]) -> int:
        return (await self.http.post("/telegram", content=body, headers=headers)).status_code

    async def say(self, text: str | None, chat: int = ME, *, at: float | None = None) -> None:
        await self.fake.deliver(self.fake.typed(chat, text, at=at))

    async def press(self, digit: str, chat: int = ME, on: Shown | None = None) -> None:
        shown = on or self.card(chat)
        await self.fake.deliver(self.fake.pressed(chat, shown, digit))

    def screen(self, chat: int = ME) -> list[str]:
        return [shown.text for shown in self.fake.screen(chat)]

    def card(self, chat: int = ME) -> Shown:
        """The card, which is all there is to be seen."""
        shown = self.fake.screen(chat)
        assert [(each.by_bot) for each in shown] == [True]
        return shown[0]


@asynccontextmanager
async def street(
    program: Program, *, pace: float = 0.0, server: str = "", seconds: float = 5.0
) -> AsyncIterator[Street]:
    """People before the door. With a `pace`, the whole application as it is served."""
    time, counted = Time(), list[Event]()
    fake = Fake(time, pace)
    async with serving(fake) as address:
        settings = Settings(
            public_url="https://waypost.example",
            telegram_token=SecretStr(BOT),
            telegram_api=server or address,
        )
        house = build(
            settings, program, count=lambda _, events, __: counted.extend(events), seconds=time
        )
        door = telegram.Door(house, telegram.courier(house, Pace(0.0)), seconds)
        app = whole.create_app(house) if pace else alone(door)
        async with opened(app):
            found = Street(fake, door, app, time)
            found.counted = counted
            async with found.http:
                yield found


def alone(door: telegram.Door) -> Guard:
    """An application with this door only."""
    app = FastAPI(openapi_url=None)
    return Guard(app, door.house, entrances={telegram.PATH: telegram.mount(app, door)})


@asynccontextmanager
async def opened(app: Guard) -> AsyncIterator[None]:
    """Started, and stopped, as a server does it."""
    inner = app.app
    assert isinstance(inner, FastAPI)
    async with inner.router.lifespan_context(inner):
        yield


@asynccontextmanager
async def serving(fake: Fake) -> AsyncIterator[str]:
    """The fake as a real server on a free port: its address."""
    app = Starlette(routes=[Route("/bot{token}/{method}", fake.answer, methods=["POST"])])
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=0)
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        running = asyncio.create_task(server.serve([listening]))
        while not server.started:  # noqa: ASYNC110 uvicorn has no event for it
            await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


def refuse(here: Street, method: str, *refusals: RefusedError) -> None:
    here.fake.refusals[method, ME] += refusals
