"""A real server on a free port, and Debian's Chromium to look at it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import uvicorn
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    ViewportSize,
    sync_playwright,
)

from bot.config import Settings
from bot.load import Program
from tests.browser.window import PHONE, Opens, weather
from webhook.app import create_app
from webhook.house import House, build

CHROMIUM: Final = Path("/usr/bin/chromium")
FLAGS: Final = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Site:
    """A running chat. `away` is where its leave button goes."""

    url: str
    away: str
    house: House


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    if not CHROMIUM.exists():
        assert os.environ.get("CI") != "true", "CI must look at the pages: install chromium"
        pytest.skip("there is no Chromium on this machine to look at the pages with")
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    # "headless=False" with our own flag: the whole browser without a screen, not a small sister.
    browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=False, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def site(shipped: Program) -> Iterator[Site]:
    house = build(Settings(), shipped)
    app = create_app(house)
    config = uvicorn.Config(
        app, port=0, access_log=False, log_level="critical", lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Site(f"http://127.0.0.1:{port}/", house.settings.leave_url, house)
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def opens(chromium: Browser, site: Site) -> Iterator[Opens]:
    """Opens the chat in a fresh window; nothing outside of it is really asked."""
    contexts: list[BrowserContext] = []

    def opened(
        *, js: bool = True, size: ViewportSize = PHONE, routed: bool = True, **more: object
    ) -> Page:
        phone = size == PHONE
        context = chromium.new_context(
            viewport=size,
            is_mobile=phone,
            has_touch=phone,
            java_script_enabled=js,
            **{"locale": "en-US", **more},  # type: ignore[arg-type]  # mypy cannot know which names
        )
        contexts.append(context)
        if routed:
            context.route(f"{site.away}**", weather)
        page = context.new_page()
        page.goto("about:blank")
        page.goto(site.url)
        return page

    yield opened
    for context in contexts:
        context.close()
