"""What stands before every door lets only small whole requests in, and only fixed errors out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.config import Settings
from bot.load import Program
from webhook.guard import BODY_MOST, HEADERS, HEADERS_MOST, Guard, client
from webhook.house import House, build

HELP_NUMBER = "1-888-373-7888"  # the national hotline


@pytest.fixture
def house(shipped: Program) -> House:
    return build(Settings(), shipped)


async def echo(_scope: Scope, receive: Receive, send: Send) -> None:
    """A door without manners: says everything back, and what runs here."""
    body = (await receive())["body"]
    headers = [(b"Server", b"door/1.0"), (b"Date", b"today"), (b"X-Powered-By", b"door")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ValueError("somebody's words")


def asking(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a")


async def test_every_answer_has_the_headers_and_no_banner(house: House) -> None:
    async with asking(Guard(echo, house)) as browser:
        got = await browser.post("/", content=b"x")
    assert len(HEADERS) >= 8
    for name, value in HEADERS:
        assert got.headers[name.decode()] == value.decode()
    assert not {"server", "date", "x-powered-by"} & set(got.headers)


async def test_no_header_asks_the_browser_to_remember_us(house: House) -> None:
    async with asking(Guard(echo, house)) as browser:
        got = await browser.post("/", content=b"x")
    assert not {"strict-transport-security", "set-cookie", "etag", "nel"} & set(got.headers)
    assert got.headers["cache-control"] == "no-store"


async def test_a_door_may_have_stricter_headers_of_its_own(house: House) -> None:
    async def own(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"Content-Security-Policy", b"default-src 'self'")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async with asking(Guard(own, house)) as browser:
        got = await browser.get("/")
    assert got.headers.get_list("content-security-policy") == ["default-src 'self'"]


@pytest.mark.parametrize("size", [0, 1, BODY_MOST])
async def test_a_body_up_to_the_limit_reaches_the_door_whole(house: House, size: int) -> None:
    async with asking(Guard(echo, house)) as browser:
        assert (await browser.post("/", content=b"a" * size)).content == b"a" * size


async def test_the_longest_message_of_telegram_passes_and_only_there(house: House) -> None:
    """4,096 Arabic letters, quoted in as many: refused, they would come again for a day."""
    update = json.dumps({"text": "\u0633" * 4096, "reply": {"text": "\u0633" * 4096}}).encode()
    assert len(update) > 2 * BODY_MOST
    async with asking(Guard(echo, house)) as browser:
        assert (await browser.post("/telegram", content=update)).content == update
        assert (await browser.post("/", content=update)).status_code == 413
        assert (await browser.post("/telegram", content=b"a" * 200_000)).status_code == 413


async def test_a_larger_body_is_refused_by_its_length(house: House) -> None:
    """Nothing of it is read."""
    scope = {
        "type": "http",
        "method": "POST",
        "headers": [(b"content-length", str(BODY_MOST + 1).encode())],
    }
    sent = await told(Guard(echo, house), scope, [])
    assert sent[0]["status"] == 413


async def test_a_larger_body_without_a_length_is_counted(house: House) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(BODY_MOST // 1024 + 1):
            yield b"a" * 1024

    async with asking(Guard(echo, house)) as browser:
        got = await browser.post("/", content=pieces())
    assert (got.status_code, got.content) == (413, b"")


@pytest.mark.parametrize("length", [b"-1", b"1e9", b"", b"\xb2", b"0x10"])
async def test_a_length_that_is_no_number_is_refused(house: House, length: bytes) -> None:
    scope = {"type": "http", "method": "POST", "headers": [(b"content-length", length)]}
    assert (await told(Guard(echo, house), scope, []))[0]["status"] == 400


async def test_too_many_headers_are_refused(house: House) -> None:
    scope = {"type": "http", "method": "GET", "headers": [(b"a", b"b")] * (HEADERS_MOST + 1)}
    assert (await told(Guard(echo, house), scope, []))[0]["status"] == 431


async def test_a_body_that_does_not_come_is_given_up(house: House) -> None:
    scope: dict[str, Any] = {"type": "http", "method": "POST", "headers": []}
    half: Message = {"type": "http.request", "body": b"say", "more_body": True}
    sent = await told(Guard(echo, house, seconds=0.05), scope, [half])
    assert sent[0]["status"] == 408
    assert sent[1]["body"] == b""


async def test_somebody_who_leaves_is_not_answered(house: House) -> None:
    scope: dict[str, Any] = {"type": "http", "method": "POST", "headers": []}
    assert await told(Guard(echo, house), scope, [{"type": "http.disconnect"}]) == []


async def test_our_own_failure_gives_the_help_line_and_no_detail(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async with asking(Guard(broken, house)) as browser:
        got = await browser.post("/", content=b"my words")
    assert got.status_code == 500
    assert got.text.count(HELP_NUMBER) >= len(house.program.catalog.languages)
    assert "words" not in got.text
    assert capsys.readouterr().err.startswith("waypost went on: ValueError at test_guard.py:")


async def test_head_is_get_without_a_body(house: House) -> None:
    seen: list[str] = []

    async def page(scope: Scope, _receive: Receive, send: Send) -> None:
        seen.append(scope["method"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"page"})

    async with asking(Guard(page, house)) as browser:
        assert (await browser.head("/")).content == b""
    assert seen == ["GET"]


async def test_a_door_that_reads_on_hears_that_the_sender_left(house: House) -> None:
    heard: list[str] = []

    async def listening(_scope: Scope, receive: Receive, _send: Send) -> None:
        heard.extend([(await receive())["type"] for _ in range(2)])

    scope: dict[str, Any] = {"type": "http", "method": "GET", "headers": [], "client": None}
    whole: Message = {"type": "http.request", "body": b"", "more_body": False}
    await told(Guard(listening, house), scope, [whole, {"type": "http.disconnect"}])
    assert heard == ["http.request", "http.disconnect"]


async def test_a_websocket_is_refused(house: House) -> None:
    sent = await told(Guard(echo, house), {"type": "websocket"}, [{"type": "websocket.connect"}])
    assert sent == [{"type": "websocket.close", "code": 1008}]


FORWARDED = [(b"x-forwarded-for", b"203.0.113.9, 198.51.100.7")]


@pytest.mark.parametrize(
    ("host", "headers", "trusts", "expected"),
    [
        ("192.0.2.1", [], False, "192.0.2.1"),
        ("192.0.2.1", FORWARDED, False, "192.0.2.1"),
        ("192.0.2.1", FORWARDED, True, "198.51.100.7"),
        ("192.0.2.1", [], True, "192.0.2.1"),
        ("192.0.2.1", [(b"x-forwarded-for", b"<script>")], True, ""),
        ("2001:db8:1:2:3:4:5:6", [], False, "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", [], False, "192.0.2.1"),
        (None, [], False, ""),
    ],
)
def test_a_sender_is_weighed_by_the_connection(
    host: str | None, headers: list[tuple[bytes, bytes]], trusts: bool, expected: str
) -> None:
    """What a sender claims counts only where a proxy of ours has said so last."""
    scope = {"client": (host, 1234) if host else None, "headers": headers}
    assert client(scope, trusts=trusts) == expected


async def told(app: ASGIApp, scope: dict[str, Any], coming: list[Message]) -> list[Message]:
    """What the application sends, given what comes; after that, nothing comes any more."""
    sent: list[Message] = []
    left = list(coming)

    async def receive() -> Message:
        if not left:
            await asyncio.sleep(60)
        return left.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent
