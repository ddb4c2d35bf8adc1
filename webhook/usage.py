"""The page `/usage` for the council, and the released files beside it.

Rule 1: only what was released, and the directory. Who asks is never looked at; the only words of
an address that mean anything are the names of released periods.
Rule 2: pages are made once for each set of releases, by another process (bot/usage/site.py), and
kept; a request costs a look into a dictionary. The chat never links here.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response

from bot import clock, quiet
from bot.usage import forms
from bot.usage.model import StoreError
from bot.usage.site import INDEX, Job
from webhook.house import House
from webhook.pages import READ

LOOK_SECONDS: Final = 60.0  # after that it is looked whether there is a new release
MAKE_SECONDS: Final = 120.0  # that the other process may take
HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-robots-tag": "noindex",
}
TYPES: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def add(app: FastAPI, house: House) -> None:
    """Add `/usage`, `/usage/2026`, `/usage/2026.csv` and `/usage/2026.json`."""
    usage = Usage(house)

    @app.api_route("/usage", methods=READ)
    async def index() -> Response:
        return await usage.answer(INDEX)

    @app.api_route("/usage/{name}", methods=READ)
    async def released(name: str) -> Response:
        return await usage.answer(name)


class Usage:
    """Every page and file, for as long as the releases stay the same."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._documents: tuple[str, ...] | None = None
        self._made: dict[str, Response] = {}
        self._looked = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def answer(self, name: str) -> Response:
        """A page or a file; 404 where there is none of that name, 503 where none can be made."""
        async with self._one_at_a_time:
            if self._house.seconds() - self._looked >= LOOK_SECONDS:
                await self._look()
        if not self._made:
            return Response(status_code=503)
        return self._made.get(name) or Response(status_code=404)

    async def _look(self) -> None:
        """Make everything anew where the releases are others. What fails leaves it as it is."""
        try:
            documents = await asyncio.to_thread(self._released)
            if documents != self._documents or not self._made:
                self._made = _responses(await make(self._job(documents)), documents)
                self._documents = documents
        except (StoreError, OSError, ValueError, TimeoutError) as error:
            quiet.report(error)
        self._looked = self._house.seconds()

    def _released(self) -> tuple[str, ...]:
        counting = self._house.counting
        return tuple(counting.store.releases()) if counting is not None else ()

    def _job(self, documents: tuple[str, ...]) -> Job:
        settings, counting = self._house.settings, self._house.counting
        demo = counting is not None and counting.store.demo
        flows, locales = (str(each.resolve()) for each in (settings.flows, settings.locales))
        return Job(flows, locales, clock.today().isoformat(), demo, documents)


async def make(job: Job) -> dict[str, str]:
    """Every page, from another process, which is given nothing but the job.

    OSError: it failed. TimeoutError: it took too long, and was ended.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.usage.site", env={},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(MAKE_SECONDS):
            written, _ = await process.communicate(job.written().encode())
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise OSError("the pages could not be made")
    made: dict[str, str] = json.loads(written)
    return made


def _responses(pages: Mapping[str, str], documents: tuple[str, ...]) -> dict[str, Response]:
    """Pages by the end of their address, and each release as the files that it is published as."""
    made: dict[str, Response] = {
        name: HTMLResponse(html, headers=HEADERS) for name, html in pages.items()
    }
    for document in documents:
        release = forms.from_json(document)
        texts = {"csv": forms.to_csv([release]), "json": forms.to_json(release)}
        for kind, text in texts.items():
            made[f"{release.period}.{kind}"] = Response(
                text, headers={**HEADERS, "content-type": TYPES[kind]}
            )
    return made
