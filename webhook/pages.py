"""The pages that are no conversation: `/share` for those who hand the chat on, and `/health`.

Rule 1: a page depends on nothing but the settings, the catalogs and two closed words of its
address, so it is made once and kept; whoever asks for it is never looked at.
Rule 2: the chat never links here: a page about handing on tells what the chat is for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from bot.channels.plain import autonyms
from bot.channels.web import direction, tag
from bot.config import Settings
from bot.load import Program
from bot.model import SOURCE, Language, Text, TextId
from webhook import share
from webhook.house import House

TEMPLATES: Final = Path(__file__).parent / "templates"
READ: Final = ["GET", "HEAD"]
STRIPS: Final = 8  # of a poster, to tear off
UNSAFE: Final = ("unsafe_ask", "unsafe_phone", "unsafe_alone", "unsafe_quiet", "unsafe_now")
HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-robots-tag": "noindex",
}


def add(app: FastAPI, house: House) -> None:
    """Add `/share` and `/health` to the application."""
    page = SharePage(house.settings, house.program)

    @app.api_route("/share", methods=READ)
    async def share_page(request: Request) -> Response:
        asked = request.query_params
        html = page.html(asked.get("in", ""), asked.get("at", ""))
        return HTMLResponse(html, headers=HEADERS)

    @app.api_route("/health", methods=READ)
    async def health() -> Response:
        return PlainTextResponse("ok")


class SharePage:
    """The share page in every language, for every kind of place."""

    def __init__(self, settings: Settings, program: Program) -> None:
        self.settings = settings
        self.catalog = program.catalog
        self.names = autonyms(program.book)
        self.places = places(program)
        self._made: dict[tuple[Language, str], str] = {}
        files = FileSystemLoader(TEMPLATES)
        surroundings = Environment(autoescape=True, loader=files, undefined=StrictUndefined)
        self._template = surroundings.get_template("share.html")

    def html(self, language: str, place: str) -> str:
        """The page; English, and no kind of place, where the program does not know the word."""
        spoken = Language(language) if language in self.catalog.languages else SOURCE
        kind = place if place in self.places else ""
        if (spoken, kind) not in self._made:
            self._made[spoken, kind] = self._render(spoken, kind)
        return self._made[spoken, kind]

    def _render(self, language: Language, place: str) -> str:
        def said(key: str) -> str:
            return self.catalog.say(Text(TextId(f"always/share/{key}")), language)

        ways = {way.name: way for way in share.ways(self.settings, language, place)}
        return self._template.render(
            title=self.settings.title,
            local=not self.settings.public_url,
            said=said,
            language=tag(language),
            direction=direction(language),
            languages=[(each, tag(each), name) for each, name in self.names],
            current=language,
            place=place,
            places=self.places,
            unsafe=UNSAFE,
            ways=ways,
            strips=range(STRIPS),
        )


def places(program: Program) -> tuple[str, ...]:
    """The kinds of place that may be counted and have a name to choose them by."""
    source = program.book.answers.get("source")
    named = program.book.sources
    values = source.values if source is not None else ()
    return tuple(each for each in values if f"always/share/place_{each}" in named)
