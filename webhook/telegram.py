"""Telegram: how updates come in, by webhook or by asking for them, and each chat's order.

Rule 1: a genuine update is always answered 200, or Telegram would send it again for a day;
anything else is a quiet 403 without effect.
Rule 2: what Telegram sends twice happens once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from bot import quiet
from webhook.chats import Chats
from webhook.courier import Courier, To
from webhook.entrance import Entrance
from webhook.house import House
from webhook.lanes import Lanes, Pace
from webhook.limits import Verdict
from webhook.turn import Turn
from webhook.updates import Pressed, Update, parse, read

PATH: Final = "/telegram"
HEADER: Final = "x-telegram-bot-api-secret-token"
ANSWER_SECONDS: Final = 5.0
_SHOWN: Final = HEADER.encode()
AGAIN_SECONDS: Final = 3.0  # after Telegram could not be asked


def secret(token: str) -> str:
    """What Telegram shows with every update: made from the token, so that nobody sets it."""
    return digest(token.encode(), b"waypost: telegram webhook", sha256).hex()


def courier(house: House, pace: Pace | None = None) -> Courier:
    """A client for the bot of the settings. ValueError: there is none."""
    token = house.settings.telegram_token
    if token is None:
        raise ValueError("WAYPOST_TELEGRAM_TOKEN is not set")
    return Courier(token.get_secret_value(), house.settings.telegram_api, pace or Pace())


def add(app: FastAPI, house: House) -> Entrance:
    """Add this door to the application. ValueError: there is no bot in the settings."""
    return mount(app, Door(house, courier(house)))


def mount(app: FastAPI, door: Door) -> Entrance:
    """Let Telegram in. The door lets go of its connections when the server stops."""
    token = door.house.settings.telegram_token
    expected = secret(token.get_secret_value() if token is not None else "").encode()
    opened = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: FastAPI) -> AsyncIterator[Any]:
        async with opened(served) as state:
            try:
                yield state
            finally:
                await door.courier.close()

    def admits(scope: Scope) -> bool:
        shown = [value for name, value in scope["headers"] if name == _SHOWN]
        return len(shown) == 1 and compare_digest(shown[0], expected)

    async def receive(request: Request) -> Response:
        if not admits(request.scope):  # asked by the guard already, where there is one
            return Response(status_code=403)
        update = parse(await request.body())
        if update is not None:
            await door.handle(update)
        return Response()

    app.router.lifespan_context = lifespan
    app.router.add_route(PATH, receive, methods=["POST"])
    return Entrance(admits)


class Door:
    """Handles updates, whichever way they came. Has no repr to leak a chat from."""

    def __init__(
        self, house: House, courier: Courier, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self.house = house
        self.courier = courier
        self.answer_seconds = answer_seconds
        self.lanes = Lanes()
        self.chats = Chats(house.masks, house.seconds)

    async def handle(self, update: Update) -> None:
        """Do what one update asks for, after those of the same chat that came before it."""
        if not self.chats.first_time(update.update):
            return
        until = asyncio.get_running_loop().time() + self.answer_seconds
        to = To(update.chat, self.chats.mask(update.chat), until)
        verdict = self.house.limits.weigh(f"telegram {update.chat}")
        try:
            if isinstance(update, Pressed):
                await asyncio.gather(
                    self.courier.acknowledge(update.query), self._in_turn(update, to, verdict)
                )
            else:
                await self._in_turn(update, to, verdict)
        except Exception as error:  # Rule 1
            quiet.report(error)

    async def _in_turn(self, update: Update, to: To, verdict: Verdict) -> None:
        urgent = verdict is Verdict.HELP  # once a minute, and a flood must not crowd it out
        async with self.lanes.enter(to.mask, anyway=urgent) as entered:
            if not entered:
                if not isinstance(update, Pressed):
                    await self.courier.remove(to.chat, [update.message])
                return
            try:
                await self._turn(to).take(update, verdict)
            except Exception as error:  # whatever it is, somebody is waiting for a number
                quiet.report(error)
                await self._turn(to).rescue()

    def _turn(self, to: To) -> Turn:
        return Turn(self.house, self.courier, self.chats, to)


async def poll(house: House) -> None:
    """Ask Telegram for updates until cancelled: for trying it without a public address.

    The webhook is removed first: Telegram sends updates one way only.
    """
    door = Door(house, courier(house))
    running: set[asyncio.Task[None]] = set()
    after = 0
    try:
        await door.courier.listen("")
        while True:
            found = await door.courier.updates(after)
            if found is None:
                await asyncio.sleep(AGAIN_SECONDS)
            for number, raw in found or ():
                after = max(after, number + 1)
                update = read(raw)
                if update is not None:
                    task = asyncio.create_task(door.handle(update))
                    running.add(task)
                    task.add_done_callback(running.discard)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await door.courier.close()
