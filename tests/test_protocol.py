"""What is answered straight is answered as it would be the long way, and as safely."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from itertools import count
from urllib.parse import urlencode

import pytest
from starlette.types import Scope
from uvicorn.server import ServerState

from bot.load import Program
from tests.test_server import Wire
from tests.twilio_fake import NUMBER, PHONE, Setup, help_number, signature, texts
from webhook import protocol, server
from webhook.app import create_app
from webhook.entrance import Answered, Entrance, Ready
from webhook.guard import BODY_MOST, HEADERS_MOST, Guard

HEALTH = b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n"
FORM = b"content-type: application/x-www-form-urlencoded\r\n"
SIDS = count(1)


class Line(Wire):
    """A connection that can be closed, and then tells so."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = self.aborted = False
        self.gone = asyncio.Event()

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True
        self.gone.set()

    def resume_reading(self) -> None:
        """Nothing is read here."""

    def said(self) -> bytes:
        return b"".join(self.written)


class Phone:
    """One connection to an application, by either way."""

    def __init__(self, app: Guard, *, straight: bool = True, seconds: float = 10.0) -> None:
        config = server.configured(app, seconds)
        config.load()
        kind = config.http
        assert isinstance(kind, type)
        assert issubclass(kind, protocol.Straight)
        timed: type[protocol.Timed] = type("Timed", (protocol.Timed,), {"seconds": seconds})
        self.line = Line()
        self.connection = (kind if straight else timed)(config, ServerState(), {})
        self.connection.connection_made(self.line)

    async def send(self, *pieces: bytes) -> bytes:
        """Send piece by piece; all that is said back."""
        for piece in pieces:
            if not self.line.closed:
                self.connection.data_received(piece)
            await asyncio.sleep(0)
        for _ in range(40):
            await asyncio.sleep(0)
        return self.line.said()


def post(body: bytes, *headers: bytes, version: bytes = b"1.1", length: bool = True) -> bytes:
    size = b"content-length: %d\r\n" % len(body) if length else b""
    head = b"POST /twilio HTTP/" + version + b"\r\nhost: a\r\n" + size
    return head + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + body


def signed(text: str = "hi", *headers: bytes, version: bytes = b"1.1") -> bytes:
    """A message that Twilio has signed, with an id of its own."""
    sid = f"SM{next(SIDS):032x}"
    fields = {"From": PHONE, "To": NUMBER, "Body": text, "MessageSid": sid, "NumMedia": "0"}
    proof = b"x-twilio-signature: " + signature(fields).encode()
    kind = FORM.rstrip()
    return post(urlencode(fields).encode(), kind, proof, *headers, version=version)


def same(raw: bytes) -> bytes:
    """An answer without what is random in it."""
    return re.sub(rb"s=[\w-]{60,};", b"s=;", raw)


@pytest.fixture
def here(shipped: Program) -> Setup:
    return Setup(shipped)


@pytest.fixture
def app(here: Setup) -> Guard:
    return create_app(here.house)


CHUNKED = b"transfer-encoding: chunked"
FORGED = b"x-twilio-signature: " + b"A" * 27 + b"="
REQUESTS: dict[str, Callable[[], bytes]] = {
    "signed": signed,
    "signed, the last of the connection": lambda: signed("hi", b"connection: close"),
    "signed, of the old kind": lambda: signed(version=b"1.0"),
    "signed, of the old kind, kept open": lambda: signed("0", b"connection: keep-alive"),
    "forged": lambda: post(b"Body=hi", FORM.rstrip(), FORGED),
    "without a signature": lambda: post(b"Body=hi", FORM.rstrip()),
    "without anything": lambda: post(b""),
    "too long by its length": lambda: post(b"a" * (BODY_MOST + 1), FORM.rstrip(), FORGED),
    "too long by counting": lambda: post(
        b"%x\r\n%b\r\n" % (BODY_MOST + 1, b"a" * (BODY_MOST + 1)), CHUNKED, FORGED, length=False
    ),
    "in chunks": lambda: post(
        b"4\r\nBody\r\n3\r\n=hi\r\n0\r\n\r\n", CHUNKED, FORGED, length=False
    ),
    "too many headers": lambda: post(b"", *[b"a: b"] * (HEADERS_MOST + 1)),
    "no number for a length": lambda: post(b"", b"content-length: x", length=False),
    "another method": lambda: post(b"Body=hi", FORGED).replace(b"POST", b"PUT"),
    "no HTTP": lambda: b"POST /twilio HTTP/1.1\r\nho st: a\r\n\r\n",
    "asking first": lambda: signed("hi", b"expect: 100-continue"),
    "a question": lambda: signed().replace(b"/twilio", b"/twilio?a=b"),
}


@pytest.mark.parametrize("kind", REQUESTS)
async def test_either_way_gives_the_same_bytes_and_leaves_the_connection_the_same(
    shipped: Program, kind: str
) -> None:
    request, seen = REQUESTS[kind](), list[tuple[bytes, bool]]()
    for straight in (True, False):
        phone = Phone(create_app(Setup(shipped).house), straight=straight)
        seen.append((same(await phone.send(request)), phone.line.closed))
    assert seen[0] == seen[1]
    assert seen[0][0].startswith(b"HTTP/1.1 ")


async def test_a_signed_message_takes_the_straight_way_and_needs_no_task(app: Guard) -> None:
    phone, before = Phone(app), len(asyncio.all_tasks())
    phone.connection.data_received(signed())
    assert len(asyncio.all_tasks()) == before
    head, _, body = phone.line.said().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\ncontent-length: %d\r\n" % len(body) in head
    assert len(texts(body)) == 1


async def test_a_message_in_single_bytes_is_answered_once_it_is_whole(app: Guard) -> None:
    raw = signed()
    phone = Phone(app)
    assert await phone.send(*(raw[at : at + 1] for at in range(len(raw) - 1))) == b""
    assert (await phone.send(raw[-1:])).startswith(b"HTTP/1.1 200")


async def test_many_at_once_are_answered_in_their_order_and_let_others_in_between(
    app: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One goes straight each time that something comes; the rest wait their turn as tasks."""
    asked: list[Scope] = []
    at_once = app.at_once

    def noted(scope: Scope) -> Ready | None:
        asked.append(scope)
        return at_once(scope)

    monkeypatch.setattr(app, "at_once", noted)
    phone = Phone(app)
    got = await phone.send(b"".join([signed("hi"), HEALTH, *[signed("0")] * 20, HEALTH]))
    assert [part[:3] for part in got.split(b"HTTP/1.1 ")[1:]] == [b"200"] * 23
    assert got.index(b"I am a robot") < got.index(b"\r\n\r\nok")
    assert got.endswith(b"\r\n\r\nok")
    assert len(asked) == 1
    assert (await phone.send(signed("9"))).count(b"HTTP/1.1 200") == 24


async def test_thousands_in_one_piece_break_nothing(app: Guard) -> None:
    got = await Phone(app).send(HEALTH + post(b"", FORGED) * 3_000)
    assert got.startswith(b"HTTP/1.1 200")
    assert b" 500 " not in got


async def test_a_body_without_end_is_cut_off_and_no_more_is_kept(app: Guard) -> None:
    head = post(b"", FORM.rstrip(), FORGED, CHUNKED, length=False)
    phone = Phone(app)
    got = await phone.send(head, *[b"400\r\n" + b"a" * 1024 + b"\r\n"] * 40)
    assert got.startswith(b"HTTP/1.1 413")
    assert got.count(b"HTTP/1.1") == 1
    assert phone.line.closed
    assert len(phone.connection.cycle.body) <= BODY_MOST + 1024


async def until_aborted(phone: Phone) -> None:
    async with asyncio.timeout(20):
        await phone.line.gone.wait()


async def test_half_a_body_is_given_up_and_so_is_an_idle_connection(app: Guard) -> None:
    half, kept = Phone(app, seconds=0.5), Phone(app, seconds=0.5)
    half.connection.data_received(signed()[:-5])
    kept.connection.data_received(signed())
    await asyncio.sleep(0.3)
    kept.connection.data_received(signed("0"))
    await until_aborted(half)
    assert half.line.said() == b""
    assert not kept.line.aborted  # it spoke meanwhile
    await until_aborted(kept)


async def test_a_deadline_that_was_moved_out_is_moved_back(app: Guard) -> None:
    """After an answer that took its time, an idle connection has no more than any other."""
    phone = Phone(app, seconds=0.1)
    phone.connection._due(60.0)
    await asyncio.sleep(0.3)
    assert not phone.line.aborted
    phone.connection._wait()
    await until_aborted(phone)


async def test_whoever_does_not_listen_goes_the_long_way_and_waits(app: Guard) -> None:
    phone = Phone(app)
    phone.connection.pause_writing()
    assert await phone.send(signed()) == b""
    phone.connection.resume_writing()
    assert (await phone.send()).startswith(b"HTTP/1.1 200")


async def test_nothing_is_written_to_whoever_has_left(app: Guard) -> None:
    phone = Phone(app)
    phone.connection.data_received(signed()[:-5])
    phone.connection.connection_lost(None)
    assert await phone.send() == b""


async def test_a_door_that_breaks_gives_the_help_line(
    here: Setup, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_scope: Scope, _body: bytes) -> Answered:
        raise ValueError(PHONE)

    guard = Guard(app=_nowhere, house=here.house, entrances={"/twilio": Entrance(answer=broken)})
    phone = Phone(guard)
    got = await phone.send(signed())
    assert got.startswith(b"HTTP/1.1 500")
    assert help_number(here.house.program).encode() in got
    assert phone.line.closed
    assert capsys.readouterr().err.startswith("waypost went on: ValueError at test_protocol.py:")


async def _nowhere(*_: object) -> None:
    raise AssertionError("not asked")


async def test_when_the_server_stops_the_last_answer_says_so(app: Guard) -> None:
    phone, raw = Phone(app), signed()
    phone.connection.data_received(raw[:-5])
    phone.connection.shutdown()
    assert b"\r\nconnection: close\r\n" in await phone.send(raw[-5:])
    assert phone.line.closed
