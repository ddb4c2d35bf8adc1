"""Promises of leaving the chat: at once, past every Back, and with an empty page behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.window import BOTH, DESKTOP, HELLO, WALK, Opens, back, read, say
from webhook.share import mark


def by_button(page: Page) -> None:
    page.click(".leave")


def by_shift(page: Page) -> None:
    for _ in range(3):
        page.keyboard.press("Shift")


@pytest.mark.parametrize("way", [by_button, by_shift])
def test_leaving_shows_another_page_at_once_and_back_goes_past_the_chat(
    opens: Opens, site: Site, way: Callable[[Page], None]
) -> None:
    page = opens(size=DESKTOP)
    say(page, "1", "1")
    left = {name: page.locator(f"header input[name={name}]").input_value() for name in PARTS}
    with page.expect_request(lambda request: "leave=9" in (request.post_data or "")):
        way(page)
    page.wait_for_url(site.away)
    assert page.title() == "Weather"
    page.go_back()
    assert page.url == "about:blank"
    again = page.request.post(site.url, form={**left, "say": "4"})
    assert HELLO in again.text()


PARTS = ("state", "page")


def test_the_page_is_blank_before_anything_is_loaded(opens: Opens, site: Site) -> None:
    """However long the other page takes: as the button is pressed, title and words are gone."""
    page = opens(size=DESKTOP)
    say(page, "1")
    title, words, hidden = page.evaluate(
        """() => {
            document.querySelector(".leave").click();
            return [document.title, document.body.textContent, document.documentElement.hidden];
        }"""
    )
    assert title.strip("\u200b") == words == ""
    assert hidden
    page.wait_for_url(site.away)


def test_capital_letters_do_not_leave(opens: Opens, site: Site) -> None:
    """Shift that is held, or pressed between letters, is writing."""
    page = opens(size=DESKTOP)
    page.focus("#say")
    page.keyboard.type("NEW YORK CITY")
    for letter in "abc":
        page.keyboard.press("Shift")
        page.keyboard.press(letter)
    assert page.url == site.url
    assert HELLO in read(page)


def test_without_scripts_the_button_leaves_too(opens: Opens, site: Site) -> None:
    """By a page that says nothing and goes on by itself."""
    page = opens(js=False)
    say(page, "1", "1")
    page.click(".leave")
    page.wait_for_url(site.away)
    assert page.title() == "Weather"


@BOTH
def test_back_never_shows_the_chat(opens: Opens, site: Site, js: bool) -> None:
    """With scripts it goes past the chat. Without, the forms are sent again here, as if somebody
    had said yes to that; since the chat was left, each gives the hello."""
    page = opens(js=js)
    say(page, *WALK)
    page.click(".leave")
    page.wait_for_url(site.away)
    for _ in range(6):
        back(page)
        shown = page.locator("body").inner_text()
        assert not any(words in shown for words in ("place to stay", "Waterbury", "Who needs"))
        if page.url == "about:blank":
            break
    assert page.url == "about:blank"
    page.go_forward()
    assert js or HELLO in read(page)


@BOTH
def test_back_in_the_middle_of_a_talk_shows_nothing_of_it(opens: Opens, js: bool) -> None:
    """Without scripts it is a page of the browser's own, which asks to send the form again."""
    page = opens(js=js, routed=False)  # a routed window sends the form again without asking
    say(page, *WALK)
    back(page)
    shown = read(page)
    assert not any(words in shown for words in ("Which", "happening", "Who needs")), shown
    if js:
        page.go_forward()
        assert HELLO in read(page)


def test_a_page_put_aside_is_emptied_and_comes_back_as_the_hello(opens: Opens, site: Site) -> None:
    """Another address typed over the chat, then Back. Browsers may keep such a page in memory;
    this one is told not to, so it is also told directly that it was kept."""
    page = opens()
    say(page, *WALK)
    page.goto(f"{site.url}health")
    page.go_back()
    expect(page.locator("#question")).to_contain_text(HELLO)
    say(page, "1")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    assert page.evaluate("document.body.textContent") == ""
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.locator("#question")).to_contain_text(HELLO)


def test_reloading_is_the_hello(opens: Opens) -> None:
    page = opens()
    say(page, *WALK)
    page.reload()
    expect(page.locator("#question")).to_contain_text(HELLO)
    assert page.input_value("#say") == ""


def test_a_mark_in_the_address_does_not_stay_there(opens: Opens, site: Site) -> None:
    page = opens()
    shared = mark("shelter")
    page.goto(f"{site.url}?{shared}")
    assert page.url == site.url
    assert page.locator(".choices input[name=mark]").input_value() == shared


def test_a_page_left_lying_about_begins_anew(opens: Opens) -> None:
    """After a quarter of an hour in which nobody touched it."""
    page = opens()
    page.clock.install()
    page.reload()
    say(page, *WALK)
    page.clock.fast_forward("14:00")
    page.keyboard.press("ArrowDown")
    page.clock.fast_forward("14:00")
    expect(page.locator("#question")).to_contain_text("town")
    page.clock.fast_forward("02:00")
    expect(page.locator("#question")).to_contain_text(HELLO)
