"""The application: every door that the settings open, behind the guard.

Nothing of FastAPI's or Starlette's that echoes, documents or traces is on, and every error that
they would put into words is a bare status. What the doors do besides answering (`background`)
runs as long as the application does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot import quiet
from webhook import inbound, introduction, pages, telegram, twilio, usage, web
from webhook.entrance import Entrance
from webhook.guard import Guard
from webhook.house import House

Job = Callable[[], Awaitable[None]]

AGAIN_SECONDS: Final = 5.0  # until a job that failed is begun again


def create_app(house: House, *, polling: bool = False) -> Guard:
    """The ASGI application. `polling`: Telegram is asked for messages, and needs no address."""
    jobs = _jobs(house, polling)

    @asynccontextmanager
    async def beside(_app: FastAPI) -> AsyncIterator[None]:
        async with _running(jobs):
            yield
        if house.counting is not None:
            await house.counting.end()

    app = FastAPI(
        lifespan=beside,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            HTTPException: _bare,
            RequestValidationError: _malformed,
            Exception: _ours,
        },
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    web.add(app, house)
    pages.add(app, house)
    usage.add(app, house)
    entrances: dict[str, Entrance] = {}
    if house.settings.answers_twilio:
        entrances[inbound.PATH] = twilio.add(app, house)
    if house.settings.answers_telegram:
        entrances[telegram.PATH] = telegram.add(app, house)
    return Guard(app, house, entrances=entrances)


def _jobs(house: House, polling: bool) -> list[Job]:
    jobs: list[Job] = [partial(telegram.poll, house)] if polling else []
    if polling or house.settings.answers_telegram:
        jobs.append(partial(introduction.at_start, house))
    jobs += [house.counting.write] if house.counting is not None else []
    return [*jobs, *twilio.background(house)]


@asynccontextmanager
async def _running(jobs: Iterable[Job]) -> AsyncIterator[None]:
    """The jobs run meanwhile, and are ended afterwards."""
    tasks = [asyncio.create_task(_kept(job)) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _kept(job: Job) -> None:
    """Does a job, and begins it again after an error."""
    while True:
        try:
            await job()
        except Exception as error:
            quiet.report(error)
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return


async def _bare(_request: Request, error: Exception) -> Response:
    """A status without a word. Which methods there are is in our source, so it may be told."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    allow = (getattr(error, "headers", None) or {}).get("Allow")
    return Response(status_code=status, headers={"Allow": allow} if allow else None)


async def _malformed(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)


async def _ours(_request: Request, error: Exception) -> Response:
    """Our own failure goes on to the guard, before Starlette has words for it."""
    raise error
