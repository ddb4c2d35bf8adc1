"""Promises of the web chat that only a browser can prove: it works, is seen and is heard."""

from __future__ import annotations

from playwright.sync_api import Page, ViewportSize, expect

from bot.channels.web import direction
from bot.model import Language
from tests.browser.conftest import Site
from tests.browser.window import (
    BOTH,
    DESKTOP,
    PHONE,
    SIZES,
    WALK,
    Opens,
    Seen,
    changed,
    press,
    read,
    say,
    token,
)

KINDS = ("voice", "text")


@BOTH
@SIZES
def test_a_whole_talk_ends_at_numbers_to_call(
    opens: Opens, site: Site, js: bool, size: ViewportSize
) -> None:
    """By pressing and by typing; nothing is asked of anybody else, nothing is complained of."""
    page = opens(js=js, size=size)
    seen = Seen(page)
    for digit in WALK:
        press(page, digit)
    say(page, "Waterbury")
    expect(page.locator("a.reach.voice").first).to_have_attribute("href", "tel:+18883737888")
    assert page.locator("a.reach").count() >= 4
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert len(seen.requests) >= 5
    assert all(each.startswith(site.url) for each in seen.requests)
    assert seen.complaints == []
    assert page.context.cookies() == []


def test_with_scripts_no_page_is_loaded_again_and_the_history_stays_one_entry(
    opens: Opens,
) -> None:
    page = opens()
    length = page.evaluate("history.length")
    page.evaluate("window.same = true")
    say(page, *WALK)
    assert page.evaluate("window.same")
    assert page.evaluate("history.length") == length
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_keyboard_is_enough(opens: Opens) -> None:
    """The way out comes first; each stop is seen; Enter in the field sends, never leaves."""
    page = opens(size=DESKTOP)
    page.keyboard.press("Tab")
    assert focused(page, "className") == "leave"
    for expected in ("1", "2", "3"):
        page.keyboard.press("Tab")
        assert focused(page, "value") == expected
        width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert width == "3px"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    before = token(page)
    page.keyboard.press("Enter")
    changed(page, before)
    assert focused(page, "tagName") == "P"  # the first that is new is read out
    page.focus("#say")
    before = token(page)
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    changed(page, before)
    expect(page.locator("#question")).to_contain_text("What is happening?")


def focused(page: Page, name: str) -> str:
    return str(page.evaluate(f"document.activeElement.{name}"))


def test_a_voice_hears_the_new_question(opens: Opens) -> None:
    """Politely, in its language, and only where it is not what the reader was moved to."""
    page = opens()
    assert page.locator("[aria-live]").inner_text() == ""
    press(page, "2")
    assert page.locator("[aria-live=polite]").inner_text() == "¿Quién necesita ayuda?"
    assert page.locator("[aria-live=polite]").get_attribute("lang") == "es"
    press(page, "1")
    assert page.locator("[aria-live=polite]").inner_text() == ""
    assert focused(page, "id") == "question"
    assert page.locator("html").get_attribute("lang") == "es"


@BOTH
def test_a_screen_reader_finds_everything_by_its_name(opens: Opens, js: bool) -> None:
    page = opens(js=js)
    for landmark in ("banner", "main", "contentinfo"):
        assert page.get_by_role(landmark).count() == 1
    for name in ("Leave this page now", "1 Yes, in English", "0 A person to call", "9 Leave"):
        assert page.get_by_role("button", name=name, exact=True).count() == 1
    assert page.get_by_role("textbox", name="Your answer, or a number").count() == 1
    assert page.get_by_role("heading", level=1).inner_text() == "Chat"
    press(page, "1")
    press(page, "1")
    assert page.get_by_role("form", name="What is happening? Pick what is closest.").count() == 1


@SIZES
def test_everything_is_large_enough(opens: Opens, size: ViewportSize) -> None:
    """Letters of 18 pixels or more; what is pressed is 44 pixels or more in height."""
    page = opens(size=size)
    for step in (*WALK, "Waterbury", "0"):
        sizes = page.evaluate(
            """[...document.querySelectorAll("body *")].filter((each) => each.offsetParent)
            .map((each) => parseFloat(getComputedStyle(each).fontSize))"""
        )
        assert len(sizes) > 20
        assert min(sizes) >= 18
        assert page.locator("a.reach").count() >= (step == "0") * 4
        for each in page.locator("button:visible, a.reach:visible, input:visible").all():
            box = each.bounding_box()
            assert box is not None
            assert box["height"] >= 44, each.inner_text()
            assert box["width"] >= 44
        say(page, step)


def test_a_number_is_never_broken_in_two(opens: Opens) -> None:
    """Not on the narrowest phone, nor with letters half as large again; an address may be."""
    page = opens(size=ViewportSize(width=320, height=640))
    say(page, "2", *WALK[1:], "Waterbury")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate("document.documentElement.style.fontSize = '27px'")
    lines = page.evaluate(
        """[...document.querySelectorAll(".number")].filter((each) => !each.closest(".chat"))
        .map((each) => each.getClientRects().length)"""
    )
    assert len(lines) >= 4
    assert set(lines) == {1}


def test_a_way_to_reach_somebody_looks_like_a_button(opens: Opens) -> None:
    """Filled to call, with an edge to text; each has its icon."""
    page = opens()
    say(page, *WALK, "Waterbury")
    look = """each => [getComputedStyle(each).backgroundColor,
        getComputedStyle(each, "::before").maskImage]"""
    call, text = (page.locator(f"a.reach.{kind}").first.evaluate(look) for kind in KINDS)
    assert call[0] == "rgb(15, 86, 97)"
    assert text[0] == "rgba(0, 0, 0, 0)"
    assert "call.svg" in call[1]
    assert "text.svg" in text[1]


@BOTH
def test_dark_and_light_follow_the_phone(opens: Opens, js: bool) -> None:
    found = {}
    for scheme in ("light", "dark"):
        page = opens(js=js, color_scheme=scheme)
        found[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert found["light"] == "rgb(246, 244, 239)"
    assert found["dark"] == "rgb(20, 25, 27)"


def test_whoever_asks_for_no_motion_gets_none(opens: Opens) -> None:
    moving = "getComputedStyle(document.querySelector('.choice')).transitionDuration"
    assert opens(reduced_motion="reduce").evaluate(moving) == "0s"
    assert opens(reduced_motion="no-preference").evaluate(moving) != "0s"


def test_a_printed_page_tells_nothing(opens: Opens) -> None:
    page = opens()
    press(page, "1")
    page.emulate_media(media="print")
    assert read(page).strip() == "Chat"


def test_right_to_left_turns_the_page_round(opens: Opens) -> None:
    """The way out changes sides, digits stand at the right, and nothing runs over the edge."""
    assert direction(Language("ar")) == "rtl"
    page = opens()
    press(page, "1")
    page.evaluate(
        """for (const each of document.querySelectorAll("[dir=ltr]")) each.dir = "rtl";"""
    )
    leave, digit = page.locator(".leave"), page.locator(".choice .digit").first
    boxes = [each.bounding_box() for each in (leave, digit)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["x"] < 40
    assert boxes[1]["x"] > PHONE["width"] / 2
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# When the network fails -----------------------------------------------------------------------


def test_a_lost_connection_is_told_and_loses_nothing(opens: Opens) -> None:
    """What was typed is still in the field, and works when sent again."""
    page = opens()
    say(page, "1")
    page.context.set_offline(True)
    page.fill("#say", "1")
    page.click(".send")
    expect(page.locator("#trouble")).to_be_visible()
    expect(page.locator("#trouble")).to_contain_text("try again")
    assert page.input_value("#say") == "1"
    page.context.set_offline(False)
    say(page, "1")
    expect(page.locator("#question")).to_contain_text("What is happening?")
    assert page.locator("#trouble").is_hidden()


def test_a_server_that_fails_is_heard_with_its_help_line(opens: Opens, site: Site) -> None:
    """What it says in plain words is shown, where it could make no page."""
    page = opens()
    page.context.route(site.url, lambda route: route.fulfill(status=500, body="Call 555-0100"))
    page.fill("#say", "1")
    page.click(".send")
    expect(page.locator("#trouble")).to_have_text("Call 555-0100")
