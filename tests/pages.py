"""A browser without scripts, for tests: it opens the chat, sends forms, and reads the pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

import httpx

from webhook.app import create_app
from webhook.house import House

VOID: Final = frozenset(("meta", "link", "input", "br"))


@dataclass
class Element:
    """A tag with its attributes, its own text, and the language told for it inside the body."""

    tag: str
    attrs: dict[str, str]
    lang: str
    inside: tuple[str, ...]
    texts: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """Every element of a page, in order; strict about tags that are not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self._open, [each.tag for each in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        lang = given.get("lang") or (self._open[-1].lang if self._open else "")
        lang = "" if tag == "body" else lang  # each text says its own
        element = Element(tag, given, lang, tuple(each.tag for each in self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._open[-1].texts.append(data)

    def all(self, tag: str, **attrs: str) -> list[Element]:
        """The elements of a kind that have these attributes (`class_` for class)."""
        wanted = {name.rstrip("_"): value for name, value in attrs.items()}
        return [
            each
            for each in self.elements
            if each.tag == tag and wanted.items() <= each.attrs.items()
        ]

    def hidden(self) -> dict[str, str]:
        """What the page's forms carry."""
        fields = self.all("input", type="hidden")
        return {each.attrs["name"]: each.attrs["value"] for each in fields}

    def text(self) -> str:
        """Everything that is read."""
        return " ".join(" ".join(each.texts).strip() for each in self.elements if each.texts)


class Time:
    """A clock that goes when it is told."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Chat:
    """A browser without scripts: it opens the page and sends its forms."""

    def __init__(self, house: House, address: str = "192.0.2.7") -> None:
        transport = httpx.ASGITransport(create_app(house), client=(address, 1))
        self.http = httpx.AsyncClient(transport=transport, base_url="https://chat.example")
        self.responses: list[httpx.Response] = []

    async def open(self, at: str = "/", language: str = "en-US,en;q=0.9") -> Page:
        return self._page(await self.http.get(at, headers={"accept-language": language}))

    async def post(self, **fields: str) -> Page:
        return self._page(await self.http.post("/", data=fields))

    async def say(self, page: Page, said: str) -> Page:
        return await self.post(**page.hidden(), say=said)

    async def talk(self, *said: str) -> Page:
        page = await self.open()
        for each in said:
            page = await self.say(page, each)
        return page

    def _page(self, response: httpx.Response) -> Page:
        self.responses.append(response)
        assert response.status_code == 200
        return Page(response.text)


def is_hello(page: Page) -> bool:
    return "Is it OK to text now?" in page.text()
