"""PROMISES 13: after a talk the browser's own files hold nothing that was typed or shown.

A whole Chromium with a folder of its own, as a person has it, not a private window. What it
writes is searched byte by byte, after leaving, after Back, and after a kill in the middle.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

import pytest
from playwright.sync_api import Error, Page, Playwright, expect

from tests.browser.conftest import CHROMIUM, FLAGS, Site

CANARY: Final = "Zqxvkü Wmplot 7731"
SHOWN: Final = ("Trafficking Hotline", "Project Rescue", "What is happening?")
SAVED: Final = 3.5  # seconds in which Chromium has written what it means to keep of a window
NOWHERE: Final = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


@contextmanager
def browser(
    playwright: Playwright, profile: Path, *, js: bool, shot: bool = False
) -> Iterator[Page]:
    """A browser of its own. At the end it is closed as a person closes it, so that it writes
    all that it had only in memory; or it is `shot`, without a warning.
    """
    script = [] if js else ["--blink-settings=scriptEnabled=false"]
    place = [f"--user-data-dir={profile}", "--remote-debugging-port=0", NOWHERE]
    command = [str(CHROMIUM), *FLAGS, *script, *place, "about:blank"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        port = profile / "DevToolsActivePort"
        waited(lambda: port.exists() and port.read_text().count("\n") >= 1)
        at = f"http://127.0.0.1:{port.read_text().splitlines()[0]}"
        connected = playwright.chromium.connect_over_cdp(at)
        yield connected.contexts[0].pages[0]
        if not shot:
            with suppress(Error):
                connected.new_browser_cdp_session().send("Browser.close")
            process.wait(20)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def waited(ready: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until, "Chromium did not start"
        time.sleep(0.05)


def talk(page: Page, site: Site) -> list[str]:
    """To the numbers, with the canary typed twice and once left in the field; the requests."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.url)
    state = page.locator("header input[name=state]")
    for said in ("1", CANARY, "1", "4", "1", CANARY, "Waterbury"):
        before = state.input_value()
        page.fill("#say", said)
        page.click(".send")
        expect(state).not_to_have_value(before)
    expect(page.locator("a.reach").first).to_be_visible()
    page.fill("#say", CANARY)
    return asked


def hits(profile: Path, *words: str) -> dict[str, set[str]]:
    """Which files hold which of the words, in the ways in which browsers write words."""
    found: dict[str, set[str]] = {}
    files = [path for path in profile.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 30, "this is no profile"
    for path in files:
        held = path.read_bytes()
        for word in words:
            if any(form in held for form in forms(word)):
                found.setdefault(word, set()).add(str(path.relative_to(profile)))
    return found


def forms(word: str) -> set[bytes]:
    """Raw, as UTF-16 and as in addresses and forms, in any case; also its longest plain piece."""
    plain = max(word.split(), key=lambda each: len(each) * each.isascii())
    cased = {each for one in (word, plain) for each in (one, one.lower(), one.upper())}
    written = {each for one in cased for each in (one, quote(one), quote_plus(one))}
    return {each.encode(code) for each in written for code in ("utf-8", "utf-16-le", "latin-1")}


def leave(page: Page, site: Site) -> None:
    """Both ways out: the page goes on to one that this machine cannot reach."""
    with suppress(Error):
        page.click(".leave")
        page.wait_for_url(site.away, timeout=3000)


def back(page: Page, _site: Site) -> None:
    with suppress(Error):
        page.go_back(timeout=3000)


def nothing(_page: Page, _site: Site) -> None:
    """The window is simply shot down."""


@pytest.mark.parametrize("way", [leave, back, nothing])
@pytest.mark.parametrize("js", [True, False], ids=["scripts", "no scripts"])
def test_the_browser_keeps_nothing_of_a_talk(
    playwright: Playwright, site: Site, tmp_path: Path, js: bool, way: Callable[[Page, Site], None]
) -> None:
    """That the address was opened is all that its files tell.

    One thing is out of our hands: where scripts are off and somebody steps back onto a sent
    form, Chromium notes that form for its "restore this window", although it does not show it.
    """
    with browser(playwright, tmp_path, js=js, shot=way is nothing) as page:
        asked = talk(page, site)
        assert page.locator("html.js").count() == js
        assert len(asked) >= 8
        assert all(each.startswith(site.url) for each in asked)
        assert page.context.cookies() == []
        way(page, site)
        time.sleep(SAVED)
    address = site.url.removeprefix("http://").rstrip("/")
    found = hits(tmp_path, CANARY, *SHOWN, address)
    saved = [each for each in found[address] if "Login Data" in each or "Web Data" in each]
    assert not saved, "the browser would offer to remember a password"
    restored = [each for each in found.pop(address) if "Sessions" in each]
    assert restored, "Chromium wrote nothing about its window: there was nothing to test"
    if way is back and not js:
        left = found.pop(CANARY, set())
        assert all(each.split("/")[1] == "Sessions" for each in left)
    assert found == {}


def test_the_search_finds_what_a_careless_page_leaves(
    playwright: Playwright, site: Site, tmp_path: Path
) -> None:
    """Words in an address are in its history."""
    with browser(playwright, tmp_path, js=False) as page:
        page.goto(f"{site.url}?{quote(CANARY)}")
        page.wait_for_load_state()
    assert any("History" in each for each in hits(tmp_path, CANARY)[CANARY])


def test_the_field_that_is_never_shown_is_what_keeps_a_form_off_the_disk(
    playwright: Playwright, site: Site, tmp_path: Path
) -> None:
    """Without it the same talk is found: nobody should tidy it away."""
    with browser(playwright, tmp_path, js=False) as page:
        page.goto(site.url)
        page.evaluate("document.querySelectorAll('[data-off]').forEach((each) => each.remove())")
        page.fill("#say", CANARY)
        page.click(".send")
        expect(page.locator("#question")).to_be_visible()
        time.sleep(SAVED)
    assert hits(tmp_path, CANARY)
