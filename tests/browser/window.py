"""A window of the browser with the chat in it, and what a person does there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

import pytest
from playwright.sync_api import Error, Page, Route, ViewportSize, expect

PHONE: Final = ViewportSize(width=390, height=844)
DESKTOP: Final = ViewportSize(width=1280, height=800)
Opens = Callable[..., Page]
HELLO: Final = "Is it OK to text now?"
WALK: Final = ("1", "1", "4", "1")  # to the question about the town


class Seen:
    """What a page asked of any server, and what it complained of."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type in ("error", "warning")
                else None
            ),
        )


def weather(route: Route) -> None:
    route.fulfill(content_type="text/html", body="<title>Weather</title><p>Sunny.</p>")


def say(page: Page, *words: str) -> None:
    """Type each and send it, waiting for the answer."""
    for each in words:
        before = token(page)
        page.fill("#say", each)
        page.click(".send")
        changed(page, before)


def press(page: Page, digit: str) -> None:
    before = token(page)
    page.click(f".choice[value='{digit}']")
    changed(page, before)


def back(page: Page) -> None:
    """One step back; a page that Chromium will not load again is an error to Playwright."""
    with suppress(Error):
        page.go_back(timeout=5000)
    page.wait_for_timeout(200)  # for the page that says so


def token(page: Page) -> str:
    return page.locator("header input[name=state]").input_value()


def changed(page: Page, before: str) -> None:
    expect(page.locator("header input[name=state]")).not_to_have_value(before)


def read(page: Page) -> str:
    return page.locator("body").inner_text()


BOTH = pytest.mark.parametrize("js", [True, False], ids=["scripts", "no scripts"])
SIZES = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
