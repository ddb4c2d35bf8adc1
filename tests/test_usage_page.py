"""The page /usage: every release, newest first, readable anywhere, nothing about who reads."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import httpx
import pytest

from bot.config import Settings
from bot.load import Program
from bot.usage import drawing, forms, report, site, views, words
from bot.usage.model import Release
from bot.usage.report import Matter
from bot.usage.store import Sqlite
from tests.conftest import ROOT, TODAY
from tests.pages import Page, Time
from tests.released import EVERY, TABLES, YEAR
from tests.test_share import contrast
from webhook import usage
from webhook.app import create_app
from webhook.counting import Counting
from webhook.house import build

WORDS = words.load(ROOT / "flows")
STATIC = ROOT / "webhook" / "static"
SETTINGS = Settings(flows=ROOT / "flows", locales=ROOT / "locales")


@pytest.fixture(scope="module")
def found(shipped: Program) -> Matter:
    return report.matter(shipped, WORDS, ROOT / "flows", TODAY)


@pytest.fixture(scope="module")
def pages(found: Matter) -> dict[str, str]:
    return site.pages(EVERY, found)


# What it says -------------------------------------------------------------------------------


def test_every_release_has_a_page_and_a_row_newest_first(pages: dict[str, str]) -> None:
    assert set(pages) == {"", *(each.period for each in EVERY)}
    links = re.findall(r'href="/usage/([\d\-Q]+)"', pages[""])
    assert links == [each.period for each in views.newest_first(EVERY)]


def test_the_front_shows_the_newest_release_with_tables_in_full(pages: dict[str, str]) -> None:
    page = Page(pages[""].replace("<!doctype html>", ""))
    ids = [each.attrs["id"] for each in page.elements if "id" in each.attrs]
    assert len(ids) == len(set(ids))
    assert {f"2026-{each.dimension}" for each in TABLES} < set(ids)
    text = unescape(pages[""])
    for sentence in views.summary(YEAR, EVERY, WORDS):
        assert sentence in text
    for key in ("definitions", "unknown", "privacy"):
        for sentence in WORDS.section(key).values():
            assert sentence in text


def test_with_no_release_the_page_says_so_kindly_and_shows_the_gaps(found: Matter) -> None:
    made = site.pages((), found)
    assert set(made) == {""}
    text = unescape(made[""])
    assert WORDS.say("page/none") in text
    assert found.gaps.headlines[0] in text
    assert "gaps-map-title" in text


def test_a_demonstration_says_so_on_every_page_and_real_numbers_never(
    found: Matter, pages: dict[str, str]
) -> None:
    made = site.pages([replace(each, demo=True) for each in EVERY], found)
    made["empty"] = site.pages((), found, demo=True)[""]
    assert len(made) == len(EVERY) + 2
    for html in made.values():
        assert "<title>DEMO" in html
        assert WORDS.say("page/demo_note") in html
        assert '<body class="made-up">' in html  # the mark on every printed page
    assert not [name for name, html in pages.items() if "DEMO" in html]
    css = (STATIC / "usage.css").read_text(encoding="utf-8")
    assert re.search(r'@page demo \{[^}]*content: "DEMO"', css)
    assert ".made-up { page: demo; }" in css


def test_where_nothing_can_draw_the_tables_still_tell_it(
    found: Matter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_args: object) -> None:
        raise drawing.NotInstalledError

    monkeypatch.setattr(drawing, "draw_all", missing)
    made = site.pages(EVERY, found)
    assert "<svg" not in made[""]
    assert WORDS.say("page/no_pictures") in made[""]
    assert made[""].count("<table") > len(TABLES)


# How it is made -----------------------------------------------------------------------------


def test_the_page_needs_no_script_and_nothing_from_elsewhere(pages: dict[str, str]) -> None:
    for html in pages.values():
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:|<form|<img", html)
        assert not re.findall(r'(?:href|src|action)="(?!/)[^"#]', html)
        assert set(re.findall(r"https?://[^\"'<\s)]+", html)) <= {"http://www.w3.org/2000/svg"}


def test_every_text_can_be_read_by_day_by_night_and_in_pictures() -> None:
    """WCAG AA asks for 4.5 to 1."""
    css = (STATIC / "usage.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    themes = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    assert [len(theme) for theme in themes] == [15, 15, 15]
    for theme in themes:
        for ground in ("ground", "card", "soft0", "soft1", "soft2", "soft3", "ramp0", "ramp1"):
            assert contrast(theme["ink"], theme[ground]) >= 4.5, (theme["ink"], ground)
        for ground in ("ground", "card"):
            assert contrast(theme["quiet"], theme[ground]) >= 4.5
            assert contrast(theme["accent"], theme[ground]) >= 4.5
        for ramp in ("ramp3", "ramp4"):
            assert contrast(theme["ground"], theme[ramp]) >= 4.5, (theme["ground"], ramp)


def test_the_chat_never_leads_to_the_page() -> None:
    others = [
        *(ROOT / "webhook" / "templates").iterdir(),
        *(path for path in STATIC.iterdir() if path.stem != "usage"),
    ]
    assert len(others) > 8
    assert not [path.name for path in others if b"/usage" in path.read_bytes()]


# The door -----------------------------------------------------------------------------------


@pytest.fixture
def store(shipped: Program, tmp_path: Path) -> Sqlite:
    return Sqlite(tmp_path / "counts.db", shipped.book.bits)


@pytest.fixture
async def client(shipped: Program, store: Sqlite, clock: Time) -> AsyncIterator[httpx.AsyncClient]:
    house = build(SETTINGS, shipped, counting=Counting(store, None), seconds=clock)
    transport = httpx.ASGITransport(create_app(house))
    async with httpx.AsyncClient(transport=transport, base_url="http://waypost") as client:
        yield client
    store.close()


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[site.Job]:
    """The jobs that were given to the other process, which is not started."""
    jobs: list[site.Job] = []

    async def make(job: site.Job) -> dict[str, str]:
        jobs.append(job)
        await asyncio.sleep(0)
        released = [forms.from_json(each) for each in job.documents]
        return {"": f"page {len(jobs)}", **{each.period: each.period for each in released}}

    monkeypatch.setattr(usage, "make", make)
    return jobs


def keep(store: Sqlite, release: Release) -> None:
    store.keep(release.period, forms.to_json(release))


@pytest.mark.full
async def test_the_other_process_makes_the_page_of_a_real_store(
    client: httpx.AsyncClient, store: Sqlite
) -> None:
    keep(store, YEAR)
    front, year = [await client.get(f"/usage{end}") for end in ("", "/2026")]
    assert (front.status_code, year.status_code) == (200, 200)
    assert "1,400" in front.text
    assert "<svg" in front.text
    assert WORDS.say("report/title", period="2026") in year.text
    policy = front.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self';")
    assert "script" not in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert front.headers["referrer-policy"] == "no-referrer"
    assert front.headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in front.headers
    for path in set(re.findall(r'"(/static/[^"]*)"', front.text)):
        assert (await client.get(path)).status_code == 200


async def test_the_files_are_those_that_were_released(
    client: httpx.AsyncClient, store: Sqlite, made: list[site.Job]
) -> None:
    keep(store, YEAR)
    data = await client.get("/usage/2026.json")
    assert forms.from_json(data.text) == YEAR
    assert data.headers["content-type"] == "application/json"
    table = await client.get("/usage/2026.csv")
    assert table.text.startswith("period,")
    assert "2026,need,lawyer," in table.text
    assert len(made) == 1


async def test_pages_are_made_once_until_there_is_another_release(
    client: httpx.AsyncClient, store: Sqlite, made: list[site.Job], clock: Time
) -> None:
    await asyncio.gather(*(client.get("/usage") for _ in range(20)))
    assert len(made) == 1
    clock.now += usage.LOOK_SECONDS
    assert (await client.get("/usage")).text == "page 1"
    assert len(made) == 1
    keep(store, YEAR)
    assert (await client.get("/usage/2026")).status_code == 404  # it is not looked every time
    clock.now += usage.LOOK_SECONDS
    assert (await client.get("/usage/2026")).text == "2026"
    assert len(made) == 2


async def test_what_is_asked_for_is_never_repeated(
    client: httpx.AsyncClient, made: list[site.Job]
) -> None:
    for path in ("/usage/canary12", "/usage/2026.exe", "/usage/..%2f..%2fetc", "/usage/2026/x"):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert answer.text == ""
    assert "canary" not in (await client.get("/usage?x=canary")).text
    assert (await client.post("/usage")).status_code == 405
    assert len(made) == 1


async def test_a_failure_keeps_the_page_there_was(
    client: httpx.AsyncClient,
    store: Sqlite,
    made: list[site.Job],
    clock: Time,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert (await client.get("/usage")).text == "page 1"

    async def broken(_job: site.Job) -> dict[str, str]:
        raise OSError

    monkeypatch.setattr(usage, "make", broken)
    keep(store, YEAR)
    clock.now += usage.LOOK_SECONDS
    assert (await client.get("/usage")).text == "page 1"
    assert len(made) == 1


async def test_where_the_first_page_cannot_be_made_it_is_a_bare_503(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_job: site.Job) -> dict[str, str]:
        raise TimeoutError

    monkeypatch.setattr(usage, "make", broken)
    answer = await client.get("/usage")
    assert (answer.status_code, answer.text) == (503, "")


async def test_the_other_process_is_given_no_setting_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Only the job: a program in its place tells what it sees of the environment."""
    spy = tmp_path / "spy"
    spy.write_text('#!/bin/sh\ncat >/dev/null\nprintf \'{"seen": "%s"}\' "$(/usr/bin/env)"\n')
    spy.chmod(0o700)
    monkeypatch.setenv("WAYPOST_SEAL_KEY", "SECRET")
    monkeypatch.setattr(sys, "executable", str(spy))
    told = await usage.make(site.Job("", "", "2026-01-01", demo=False, documents=()))
    assert "PWD=" in told["seen"]
    assert "SECRET" not in told["seen"]
    assert "WAYPOST" not in told["seen"]


async def test_without_a_store_the_page_is_there(shipped: Program, made: list[site.Job]) -> None:
    transport = httpx.ASGITransport(create_app(build(SETTINGS, shipped)))
    async with httpx.AsyncClient(transport=transport, base_url="http://waypost") as client:
        assert (await client.get("/usage")).status_code == 200
    assert made[0].documents == ()
    assert not made[0].demo
