"""Promise 22: bad clients cannot stop a server that is a real process on a real socket."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter, sleep
from urllib.parse import urlsplit

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from tests.conftest import ROOT
from webhook import protocol, server

SECONDS = 1.0  # the deadline of the server under test; ten seconds is what is shipped
LATEST = 8.0  # a loaded machine may be late to close
SERVE = """
import sys
from datetime import date
from pathlib import Path
from bot import config
from bot.load import load
from webhook import protocol, server
from webhook.app import create_app
from webhook.house import build
program = load(Path("flows"), Path("locales"), today=date(2026, 11, 22))
at = server.listen("127.0.0.1", 0)
app = create_app(build(config.read(), program))
print(server.url(at), flush=True)
server.serve(app, at, seconds=float(sys.argv[1]), most=int(sys.argv[2]))
"""
GET = b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\n"


@dataclass
class Running:
    """A server process and where it listens."""

    process: subprocess.Popen[str]
    host: str
    port: int

    def connect(self) -> socket.socket:
        return socket.create_connection((self.host, self.port), timeout=10)

    def ask(self, raw: bytes) -> bytes:
        """Everything that comes back until the server closes."""
        with self.connect() as sock:
            sock.sendall(raw)
            return rest(sock)

    def memory(self) -> int:
        """Resident memory in kB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def answered(sock: socket.socket) -> bool:
    """One whole answer of /health has come."""
    got = b""
    while not got.endswith(b"ok"):
        more = sock.recv(65536)
        if not more:
            return False
        got += more
    return got.startswith(b"HTTP/1.1 200")


def push(sock: socket.socket, data: bytes, seconds: float, pause: float = 0.0) -> bool:
    """Send `data` again and again; whether it went well until the end."""
    end = perf_counter() + seconds
    try:
        while perf_counter() < end:
            sock.sendall(data)
            sleep(pause)
    except OSError:  # reset, broken pipe, or full buffers
        return False
    return True


def rest(sock: socket.socket) -> bytes:
    got = b""
    try:
        while more := sock.recv(65536):
            got += more
    except ConnectionResetError:
        pass
    return got


def start(seconds: float = SECONDS, most: int = 4_000) -> Running:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(seconds), str(most)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={key: value for key, value in os.environ.items() if not key.startswith("WAYPOST_")},
    )
    assert process.stdout is not None
    parts = urlsplit(process.stdout.readline().strip())
    assert parts.hostname is not None
    assert parts.port is not None
    return Running(process, parts.hostname, parts.port)


def stop(running: Running, sign: signal.Signals = signal.SIGTERM) -> tuple[str, str]:
    running.process.send_signal(sign)
    return running.process.communicate(timeout=20)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """One server for this file, which must have said nothing at the end."""
    process = start()
    yield process
    assert stop(process) == ("", "")


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HTTP/1.1\r\nhost: a\r\n",
        POST + b"content-length: 100\r\n\r\nsay=",
        POST + b"transfer-encoding: chunked\r\n\r\n4\r\nsay=\r\n",
    ],
    ids=["idle", "half a header", "half a body", "half a chunked body"],
)
def test_a_socket_that_says_nothing_more_is_closed(running: Running, begun: bytes) -> None:
    begin = perf_counter()
    running.ask(begun)
    assert SECONDS * 0.8 < perf_counter() - begin < LATEST


def test_a_slow_drip_of_bytes_does_not_move_the_deadline(running: Running) -> None:
    with running.connect() as sock:
        sock.sendall(POST)
        begin = perf_counter()
        assert not push(sock, b"a: b\r\n", LATEST, pause=0.1)
        assert perf_counter() - begin < LATEST


def test_a_kept_connection_serves_again_and_is_closed_when_idle(running: Running) -> None:
    with running.connect() as sock:
        for _ in range(3):
            sock.sendall(GET)
            assert answered(sock)
        begin = perf_counter()
        assert rest(sock) == b""
        assert SECONDS * 0.8 < perf_counter() - begin < LATEST


def test_pipelined_requests_are_answered_in_order(running: Running) -> None:
    got = running.ask(GET * 3 + b"GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n")
    assert [part[:3] for part in got.split(b"HTTP/1.1 ")[1:]] == [b"200", b"200", b"200", b"404"]


def test_somebody_who_does_not_read_is_let_go(running: Running) -> None:
    with running.connect() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        sock.settimeout(0.2)
        assert not push(sock, GET.replace(b"/health", b"/") * 50, 60)
        sleep(SECONDS * 1.5)
        sock.settimeout(5)
        rest(sock)  # ends, since the server has


class Wire(asyncio.Transport):
    """A transport that remembers what was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing to close."""

    def pause_reading(self) -> None:
        """Nothing is read here."""


async def test_nothing_is_written_to_somebody_who_has_left() -> None:
    """Also with a second request behind the one that is being answered."""
    ready, done = asyncio.Event(), asyncio.Event()

    async def slow(_scope: Scope, _receive: Receive, send: Send) -> None:
        await ready.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        done.set()

    wire, config = Wire(), server.configured(slow)
    config.load()
    connection = protocol.Timed(config, ServerState(), {})
    connection.connection_made(wire)
    connection.data_received(GET * 2)
    await asyncio.sleep(0)
    connection.connection_lost(None)
    ready.set()
    await asyncio.wait_for(done.wait(), 5)
    assert wire.written == []


@pytest.mark.parametrize(
    "head",
    [b"a: " + b"b" * 40_000, b"a: b\r\n" * 7_000, b"a: b\r\n" * 200 + b"\r\n"],
    ids=["one long header", "very many headers", "two hundred headers"],
)
def test_a_head_without_end_is_refused(running: Running, head: bytes) -> None:
    got = running.ask(b"GET / HTTP/1.1\r\n" + head)
    assert got.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))


def test_a_large_body_is_refused_before_it_is_read(running: Running) -> None:
    before = running.memory()
    assert running.ask(POST + b"content-length: 200000000\r\n\r\n").startswith(b"HTTP/1.1 413")
    assert running.memory() - before < 2_000


def test_a_chunked_body_is_counted_and_not_kept(running: Running) -> None:
    """20 MB without a length: the server stops reading after the first few kilobytes."""
    before, sent = running.memory(), 0
    chunk = b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n"
    with running.connect() as sock:
        sock.sendall(POST + b"transfer-encoding: chunked\r\n\r\n")
        try:
            for _ in range(320):
                sock.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass
    assert sent < 15_000_000
    assert running.memory() - before < 4_000


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET / HTTP/9.9\r\nhost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nho st: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\x00b\r\n\r\n",
        POST + b"content-length: -5\r\n\r\n",
        POST + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
        POST + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
        b"CONNECT somewhere:443 HTTP/1.1\r\nhost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_http_gets_a_fixed_answer(running: Running, raw: bytes) -> None:
    got = running.ask(raw)
    assert got.split(b"\r\n")[0] in (
        b"HTTP/1.1 400 Bad Request",
        b"HTTP/1.1 404 Not Found",
        b"",
    )
    body = got.partition(b"\r\n\r\n")[2]
    assert body == b""


def test_no_answer_has_a_banner_or_a_date(running: Running) -> None:
    asked = [
        GET,
        b"GET / HTTP/1.1\r\n\r\n",
        b"nonsense\r\n\r\n",
        POST + b"content-length: 99999\r\n\r\n",
    ]
    for raw in asked:
        head = running.ask(raw).partition(b"\r\n\r\n")[0].lower()
        assert head.startswith(b"http/1.1 ")
        assert b"no-store" in head
        assert b"\r\nserver:" not in head
        assert b"\r\ndate:" not in head
        assert b"uvicorn" not in head


def test_a_websocket_is_not_opened(running: Running) -> None:
    got = running.ask(
        b"GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
        b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
    )
    assert b" 101 " not in got.split(b"\r\n")[0]


async def probe(running: Running) -> float:
    """Seconds until an answer on a connection of its own."""
    begin = perf_counter()
    reader, writer = await asyncio.open_connection(running.host, running.port)
    writer.write(GET)
    head = await reader.readuntil(b"\r\n")
    assert head == b"HTTP/1.1 200 OK\r\n"
    writer.close()
    return perf_counter() - begin


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def crowd(running: Running, many: int) -> list[Ends]:
    """Connections that never say a whole request."""
    found: list[Ends] = []
    for _ in range(many // 50):
        opening = (asyncio.open_connection(running.host, running.port) for _ in range(50))
        found += await asyncio.gather(*opening)
    for _, writer in found[::2]:
        writer.write(b"POST / HTTP/1.1\r\n")
    return found


async def besieged(running: Running) -> tuple[list[float], int]:
    """The times of 100 probes, and how many of 2,000 idle sockets the server has cut meanwhile."""
    idle = await crowd(running, 2_000)
    times = [await probe(running) for _ in range(100)]
    cut = sum(reader.at_eof() or reader.exception() is not None for reader, _ in idle)
    for _, writer in idle:
        writer.transport.abort()
    return sorted(times), cut


@pytest.mark.parametrize(
    "most",
    [
        pytest.param(4_000, id="below the limit", marks=pytest.mark.full),
        pytest.param(500, id="four times the limit"),
    ],
)
def test_thousands_of_idle_sockets_hold_up_nobody(most: int) -> None:
    """Whoever speaks is answered within a second; over the limit the longest idle make room."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8_000) if hard > 0 else 8_000, hard))
    running = start(seconds=60, most=most)
    try:
        before = running.memory()
        times, cut = asyncio.run(besieged(running))
        assert times[98] < 1.0
        assert cut >= 1_400 if most == 500 else cut == 0
        assert running.memory() - before < 100_000
    finally:
        assert stop(running) == ("", "")


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told_and_says_nothing(sign: signal.Signals) -> None:
    running = start()
    with running.connect() as sock:
        sock.sendall(GET)
        assert answered(sock)
        begin = perf_counter()
        assert stop(running, sign) == ("", "")
        assert perf_counter() - begin < 5
