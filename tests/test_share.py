"""The share page: links that give nobody away, in every language, and a poster that fits."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import segno
from pydantic import SecretStr

from bot.channels.web import direction, tag
from bot.config import Settings
from bot.declared import DOORS
from bot.load import Program
from bot.model import SOURCE, Language, Text, TextId
from webhook import pages, share
from webhook.app import create_app
from webhook.house import build
from webhook.pages import SharePage
from webhook.turn import Turn

CHROMIUM = Path("/usr/bin/chromium")
NUMBER = "+18605550142"
WEBHOOK = Path(pages.__file__).parent
SETTINGS = Settings(
    public_url="https://chat.example.org",
    twilio_account_sid="AC1",
    twilio_auth_token=SecretStr("canary"),
    twilio_number=NUMBER,
    telegram_token=SecretStr("123:canary"),
    telegram_name="example_bot",
)


@pytest.fixture(scope="module")
def page(shipped: Program) -> SharePage:
    return SharePage(SETTINGS, shipped)


@pytest.fixture
async def client(shipped: Program) -> httpx.AsyncClient:
    app = create_app(build(SETTINGS, shipped))
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url=SETTINGS.public_url)


def all_pages(page: SharePage) -> Iterator[tuple[Language, str, str]]:
    for language in page.catalog.languages:
        for place in ("", *page.places):
            yield language, place, page.html(language, place)


# Links ------------------------------------------------------------------------------------


def test_every_kind_of_place_has_its_own_mark_and_a_name(shipped: Program) -> None:
    declared = shipped.book.answers["source"].values
    assert len(declared) > 5
    assert pages.places(shipped) == declared
    assert len({share.mark(place) for place in declared}) == len(declared)
    assert all(share.place_of(share.mark(place), declared) == place for place in declared)


def test_a_mark_is_no_word_and_no_language(shipped: Program) -> None:
    for place in shipped.book.answers["source"].values:
        assert re.fullmatch(r"[bcdfghjkmnpqrstvwxz]{3}", share.mark(place))
        assert share.mark(place) not in shipped.catalog.languages


def test_a_mark_that_nobody_gave_out_stands_for_no_place() -> None:
    assert share.place_of("", ("clinic",)) == ""
    assert share.place_of("zzz", ("clinic",)) == ""


def test_a_link_holds_an_address_a_language_and_a_mark_and_nothing_else() -> None:
    found = {way.name: way.link for way in share.ways(SETTINGS, Language("es"), "shelter")}
    assert found == {
        "web": f"https://chat.example.org/?{share.mark('shelter')}",
        "sms": f"sms:{NUMBER}",
        "telegram": f"https://t.me/example_bot?start=es-{share.mark('shelter')}",
    }
    assert not [link for link in found.values() if "shelter" in link]


def test_what_people_type_is_shorter_than_what_the_code_holds() -> None:
    shown = {way.name: way.shown for way in share.ways(SETTINGS, SOURCE, "clinic")}
    assert shown["web"] == "chat.example.org"
    assert shown["sms"] == "1-860-555-0142"


def test_telegram_accepts_every_start_code(page: SharePage) -> None:
    """64 letters of A-Za-z0-9_- are Telegram's limit."""
    for place in page.places:
        link = share.ways(SETTINGS, Language("pt_BR"), place)[-1].link
        (code,) = parse_qs(urlsplit(link).query)["start"]
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", code)


def test_only_doors_that_are_open_are_shared() -> None:
    """A number that nobody answers is worse than none."""
    assert [way.name for way in share.ways(SETTINGS, SOURCE, "")] == ["web", "sms", "telegram"]
    named = Settings(twilio_number=NUMBER, telegram_name="example_bot")
    for settings in (Settings(), named):
        assert [way.name for way in share.ways(settings, SOURCE, "")] == ["web"]


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        (Settings(), "http://127.0.0.1:8000"),
        (Settings(host="0.0.0.0", port=9), "http://127.0.0.1:9"),  # noqa: S104  not listened on
        (Settings(host="::1"), "http://[::1]:8000"),
        (SETTINGS, "https://chat.example.org"),
    ],
)
def test_the_address_is_the_public_one_or_one_that_opens_here(
    settings: Settings, address: str
) -> None:
    assert share.address(settings) == address


def test_a_code_has_the_quiet_border_that_cameras_need() -> None:
    (way,) = share.ways(Settings(), SOURCE, "")
    modules = segno.make(way.link, error="m", micro=False).symbol_size(border=0)[0]
    assert f'viewBox="0 0 {modules + 8} {modules + 8}"' in way.code


async def test_the_web_chat_understands_the_mark_of_its_links(
    client: httpx.AsyncClient, shipped: Program
) -> None:
    for place in shipped.book.answers["source"].values:
        link = share.ways(SETTINGS, SOURCE, place)[0].link
        assert f'value="{share.mark(place)}"' in (await client.get(link)).text


def test_telegram_understands_the_language_and_the_mark_of_its_links(shipped: Program) -> None:
    def opened(code: str) -> tuple[Language, str]:
        turn: Any = SimpleNamespace(house=build(SETTINGS, shipped))
        return Turn.opening(turn, code)

    for place in shipped.book.answers["source"].values:
        link = share.ways(SETTINGS, Language("es"), place)[-1].link
        (code,) = parse_qs(urlsplit(link).query)["start"]
        assert opened(code) == (Language("es"), place)


# The page ---------------------------------------------------------------------------------


def test_every_text_of_the_page_is_said_in_every_language(page: SharePage) -> None:
    """And none is declared that nobody reads."""
    keys = set(DOORS["share"]) - {"local_only"}
    assert len(keys) > 20
    for language in page.catalog.languages:
        html = page.html(language, "clinic")
        for key in keys:
            said = page.catalog.say(Text(TextId(f"always/share/{key}")), language)
            assert said in html.replace("&#39;", "'"), f"{language}: {key}"


def test_every_page_says_its_language_and_leads_to_the_others(page: SharePage) -> None:
    for language, place, html in all_pages(page):
        assert f'<html lang="{tag(language)}" dir="{direction(language)}">' in html
        for other in page.catalog.languages:
            at = f"&amp;at={place}" if place else ""
            assert f'href="/share?in={other}{at}" lang="{tag(other)}"' in html


def test_a_preview_of_the_link_says_no_more_than_the_title(page: SharePage) -> None:
    for _, _, html in all_pages(page):
        assert re.findall(r"<title>(.*?)</title>", html) == [SETTINGS.title]
        assert re.findall(r'"og:title" content="(.*?)"', html) == [SETTINGS.title]
        assert "og:description" not in html
        assert 'name="description"' not in html
        assert "og:image" not in html


def test_the_poster_gives_nothing_away(page: SharePage) -> None:
    """It hangs where anybody reads it, and never asks for a word that the carrier takes."""
    for language in page.catalog.languages:
        giving = page.catalog.say(Text(TextId("always/words/not_before_safe")), language)
        words = {word.strip().lower() for word in giving.split(",")}
        assert len(words) > 5
        poster = page.html(language, "").partition('<div class="poster">')[2]
        said = re.sub(r"<[^>]*>", " ", poster).lower()
        assert len(said.split()) > 30
        assert [word for word in words if re.search(rf"\b{re.escape(word)}\b", said)] == []
        assert not re.search(r"\b(help|stop|start|info)\b", said)


def test_without_a_public_address_the_page_says_that_it_cannot_be_shared(
    shipped: Program, page: SharePage
) -> None:
    warning = shipped.catalog.say(Text(TextId("always/share/local_only")), SOURCE)
    assert warning in SharePage(Settings(), shipped).html("en", "")
    assert warning not in page.html("en", "")


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_inline(page: SharePage) -> None:
    for language, place, html in all_pages(page):
        links = {way.link for way in share.ways(SETTINGS, language, place)}
        outside = set(re.findall(r'(?:href|src)="((?!/)[^"]*)"', html))
        assert outside == links
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script>|javascript:", html)


def test_the_page_is_made_once_for_each_language_and_place(shipped: Program) -> None:
    """However many strange addresses are asked for, nothing grows."""
    page = SharePage(SETTINGS, shipped)
    first = page.html("en", "clinic")
    for number in range(50):
        page.html(f"x{number}", f"y{number}")
    assert page.html("en", "clinic") is first
    assert len(page._made) == 2


# The doors of the page --------------------------------------------------------------------


async def test_the_page_sets_nothing_allows_nothing_and_is_not_searched(
    client: httpx.AsyncClient,
) -> None:
    found = await client.get("/share?in=es&at=clinic")
    assert found.status_code == 200
    assert 'lang="es"' in found.text
    policy = found.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert found.headers["referrer-policy"] == "no-referrer"
    assert found.headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in found.headers


async def test_what_is_asked_for_is_never_repeated(client: httpx.AsyncClient) -> None:
    found = await client.get("/share", params={"in": "<b>canary", "at": '"canary', "x": "canary"})
    assert found.status_code == 200
    assert "canary" not in found.text
    assert 'lang="en"' in found.text


async def test_health_is_ok_and_tells_nothing(client: httpx.AsyncClient) -> None:
    found = await client.get("/health?state=1")
    assert (found.status_code, found.text) == (200, "ok")
    assert (await client.head("/health")).status_code == 200
    assert (await client.post("/health")).status_code == 405


async def test_the_files_of_the_page_are_served(client: httpx.AsyncClient) -> None:
    html = (await client.get("/share")).text
    wanted = set(re.findall(r'"(/static/[^"]*)"', html))
    assert len(wanted) >= 3
    for path in wanted:
        assert (await client.get(path)).status_code == 200, path


async def test_the_chat_never_leads_to_the_share_page(client: httpx.AsyncClient) -> None:
    assert "/share" not in (await client.get("/")).text
    others = [
        *(path for path in (WEBHOOK / "templates").iterdir() if path.name != "share.html"),
        *(path for path in (WEBHOOK / "static").iterdir() if path.stem != "share"),
    ]
    assert len(others) > 2
    assert not [path.name for path in others if b"/share" in path.read_bytes()]


# What it looks like -----------------------------------------------------------------------


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_text_can_be_read_by_day_and_by_night() -> None:
    """WCAG AA asks for 4.5 to 1."""
    css = (WEBHOOK / "static" / "share.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    themes = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    assert [len(theme) for theme in themes] == [8, 8]
    for theme in themes:
        for ground in ("ground", "card", "soft"):
            assert contrast(theme["ink"], theme[ground]) >= 4.5
        for ground in ("ground", "card"):
            assert contrast(theme["quiet"], theme[ground]) >= 4.5
            assert contrast(theme["accent"], theme[ground]) >= 4.5
        assert contrast(theme["on-accent"], theme["accent"]) >= 4.5


OVERFLOW = """() => {
  const spills = (box) =>
    box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1;
  const wanted = ".poster, .sheet, .middle, .strips li, .strips .typed";
  const boxes = [...document.querySelectorAll(wanted)];
  return [boxes.length, boxes.filter(spills).map((box) => box.className)];
}"""
BOXES = 3 + 2 * pages.STRIPS


@pytest.mark.full
@pytest.mark.skipif(
    not CHROMIUM.exists() and not os.environ.get("CI"), reason="there is no Chromium here"
)
@pytest.mark.parametrize("number", [NUMBER, ""])
def test_the_poster_fits_on_one_sheet_in_every_language(number: str, shipped: Program) -> None:
    from playwright.sync_api import Route, sync_playwright

    settings = SETTINGS.model_copy(
        update={"twilio_number": number, "public_url": "https://chat.long-name.example.org"}
    )
    page = SharePage(settings, shipped)

    def answer(route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.path.startswith("/static/"):
            route.fulfill(path=WEBHOOK / url.path.lstrip("/"))
        else:
            html = page.html(parse_qs(url.query)["in"][0], "shelter")
            route.fulfill(body=html, content_type="text/html; charset=utf-8")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport={"width": 360, "height": 740})
        tab.route("**/*", answer)
        for language in shipped.catalog.languages:
            tab.goto(f"{settings.public_url}/share?in={language}")
            assert tab.evaluate("document.documentElement.scrollWidth") <= 360
            assert tab.evaluate(OVERFLOW) == [BOXES, []]
            assert tab.locator("[data-print]").is_visible()
            sheets = re.findall(rb"/Type /Page\b", tab.pdf(prefer_css_page_size=True))
            assert len(sheets) == 1
        browser.close()
