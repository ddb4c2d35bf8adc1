"""Promises 8 and 23: no error reveals anything on any route, and one flooder silences nobody."""

from __future__ import annotations

import asyncio
import json
import random
import string
from collections.abc import Callable, Iterator
from time import perf_counter
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.types import Message

from bot.config import Settings
from bot.load import Program
from webhook import app as application
from webhook import telegram
from webhook.app import create_app
from webhook.guard import BODY_MOST, Guard
from webhook.house import House, build

HELP_NUMBER = "1-888-373-7888"  # the national hotline
TOKEN = "123456:" + "a" * 35  # of no bot
ECHO = 6  # letters of a request that must not come back
FORM = "application/x-www-form-urlencoded"
METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


@pytest.fixture(scope="module")
def house(shipped: Program) -> House:
    """Every door open, none of them leading anywhere."""
    settings = Settings(
        public_url="https://waypost.example",
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token=SecretStr("12345"),
        telegram_token=SecretStr(TOKEN),
    )
    return build(settings, shipped)


@pytest.fixture(scope="module")
def doors(house: House) -> Guard:
    return create_app(house)


def asking(doors: Guard, address: str = "192.0.2.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(doors, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://a")


def paths(doors: Guard) -> list[str]:
    """Where something answers, with its parameters filled in."""
    assert isinstance(doors.app, FastAPI)
    found = [str(getattr(route, "path", "")) for route in doors.app.routes]
    return sorted({path.replace("{name}", "chat.css") for path in found if path})


def word(dice: random.Random) -> str:
    return "".join(dice.choices(string.ascii_letters + string.digits, k=dice.randrange(8, 30)))


BODIES: tuple[Callable[[random.Random], tuple[str, bytes, list[str]]], ...] = (
    lambda dice: form(dice, ["state", "say"]),
    lambda dice: form(dice, ["From", "To", "Body", "MessageSid", word(dice)]),
    lambda _: (FORM, *raw(f"{'&'.join(f'a{n}=b' for n in range(1_001))}".encode())),
    lambda _: (FORM, *raw(f"{'&'.join(f'a{n}=b' for n in range(101))}".encode())),
    lambda _: (FORM, *raw(b"say=%ff%fe&state=%00%00" + b"\x00" * 50)),
    lambda dice: (FORM, *raw(dice.randbytes(2_000))),
    lambda _: (FORM, *raw(b"&&&===%%%;;;")),
    lambda _: ("application/json", *raw(b'{"a":' * 2_000 + b"1" + b"}" * 2_000)),
    lambda _: ("application/json", *raw(b"[" * 16_000)),
    lambda _: ("application/json", *raw(b'{"update_id": 1e999, "message": NaN}')),
    lambda _: ("application/json", *raw(b'"\\ud800"')),
    lambda dice: ("application/json", *raw(dice.randbytes(500))),
    lambda _: ("multipart/form-data; boundary=x", *raw(b"--x\r\n\r\n--x--")),
    lambda _: ("text/plain;charset=klingon", *raw(b"a" * (BODY_MOST + 1))),
    lambda _: ("", *raw(b"")),
)


def form(dice: random.Random, names: list[str]) -> tuple[str, bytes, list[str]]:
    said = [word(dice) for _ in names]
    body = "&".join(f"{name}={quote(value)}" for name, value in zip(names, said, strict=True))
    return FORM, body.encode(), said


def raw(body: bytes) -> tuple[bytes, list[str]]:
    return body, []


def echoes(said: list[str], got: httpx.Response) -> list[str]:
    """Parts of what was said that came back, raw or in any header."""
    back = got.text + repr(got.headers.raw)
    pieces = {each[at : at + ECHO] for each in said for at in range(len(each) - ECHO + 1)}
    return [piece for piece in pieces if piece in back]


def requests(doors: Guard, dice: random.Random) -> Iterator[tuple[httpx.Request, list[str]]]:
    for path in [*paths(doors), f"/{word(dice)}", f"/static/{word(dice)}", "//", "/%2e%2e/%00"]:
        for method in METHODS:
            for body in BODIES:
                kind, content, said = body(dice)
                query, head = word(dice), word(dice)
                headers = {"content-type": kind, "user-agent": head, "cookie": f"a={word(dice)}"}
                headers |= {"x-twilio-signature": head, "accept-language": word(dice)}
                request = httpx.Request(
                    method, f"http://a{path}?{query}={query}", headers=headers, content=content
                )
                yield request, [*said, query, head]


async def test_no_route_reveals_anything_to_whoever_sends_anything(
    doors: Guard, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every route, every method, every kind of bad body: no word comes back and nothing breaks."""
    assert {"/", "/twilio", "/telegram"} <= set(paths(doors))
    dice, seen = random.Random(3), set()
    for turn, (request, said) in enumerate(requests(doors, dice)):
        async with asking(doors, f"192.0.2.{turn % 250}") as browser:
            got = await browser.send(request)
        where = f"{request.method} {request.url.path}"
        assert got.status_code < 500, where
        assert echoes(said, got) == [], where
        assert "server" not in got.headers, where
        assert got.headers["x-content-type-options"] == "nosniff"
        if got.status_code >= 400:
            assert got.content == b"", where
        seen.add(got.status_code)
    assert {200, 403, 404, 405, 413} <= seen
    assert capsys.readouterr().err == ""


def test_the_search_for_echoes_finds_one() -> None:
    assert echoes(["abcdefgh"], httpx.Response(404, text="not found: bcdefg"))
    assert echoes(["abcdefgh"], httpx.Response(404, headers={"location": "/abcdefgh"}))


async def test_genuine_updates_of_telegram_that_are_nonsense_are_taken(doors: Guard) -> None:
    """With the right secret; deep and broken JSON included. Telegram must never see an error."""
    headers = {telegram.HEADER: telegram.secret(TOKEN), "content-type": "application/json"}
    nonsense = [b"[" * 16_000, b"{", b"", b"\xff\xfe", b"NaN", b'{"update_id":"x"}', b"[1]"]
    nonsense += [json.dumps({"update_id": 10**400, "message": {"chat": 5}}).encode()]
    async with asking(doors) as browser:
        for body in nonsense:
            got = await browser.post("/telegram", content=body, headers=headers)
            assert (got.status_code, got.content) == (200, b""), body[:20]


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/metrics", "/.env", "/admin"]
)
async def test_there_is_no_page_about_the_routes(doors: Guard, path: str) -> None:
    async with asking(doors) as browser:
        got = await browser.get(path)
    assert (got.status_code, got.content) == (404, b"")


async def test_an_error_in_a_door_gives_the_help_line(
    shipped: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(build(Settings(), shipped))
    assert isinstance(app.app, FastAPI)

    @app.app.get("/broken")
    async def fail() -> None:
        raise RuntimeError("somebody's words")

    async with asking(app) as browser:
        got = await browser.get("/broken")
    assert got.status_code == 500
    assert HELP_NUMBER in got.text
    assert "words" not in got.text + capsys.readouterr().err


async def test_a_flooder_silences_nobody(doors: Guard) -> None:
    """One address asks as fast as it can; the others are answered in half a second."""
    times: list[float] = []

    async def flood() -> list[str]:
        async with asking(doors, "198.51.100.1") as browser:
            return [(await browser.post("/", data={"say": "1"})).text for _ in range(400)]

    async def other(number: int) -> None:
        async with asking(doors, f"203.0.113.{number}") as browser:
            begin = perf_counter()
            got = await browser.post("/", data={"say": "hi"})
            times.append(perf_counter() - begin)
        assert got.status_code == 200
        assert "<form" in got.text

    async def others() -> None:
        for number in range(100):
            await other(number)

    flooded, *_ = await asyncio.gather(flood(), others())
    assert sorted(times)[98] < 0.5
    assert any(HELP_NUMBER in text for text in flooded)


async def test_what_the_doors_do_besides_begins_and_ends_with_the_application(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A job that fails is begun again."""
    done: list[str] = []

    async def job() -> None:
        done.append("begun")
        if len(done) == 1:
            raise ValueError("somebody's words")
        try:
            await asyncio.sleep(60)
        finally:
            done.append("ended")

    monkeypatch.setattr(application, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(application, "_jobs", lambda *_: [job])
    coming: asyncio.Queue[Message] = asyncio.Queue()
    sent: list[str] = []

    async def send(message: Message) -> None:
        sent.append(message["type"])
        if message["type"] == "lifespan.startup.complete":
            await asyncio.sleep(0.1)
            await coming.put({"type": "lifespan.shutdown"})

    await coming.put({"type": "lifespan.startup"})
    await create_app(house)({"type": "lifespan", "state": {}}, coming.get, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert done == ["begun", "begun", "ended"]
    assert "words" not in capsys.readouterr().err
