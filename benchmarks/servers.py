"""ASGI servers side by side: what a request costs, and what slow and huge clients can do to each.

Rule 1: every server runs the same tiny application as a process of its own, one worker, with
the shortest deadlines its own settings have (ten seconds). The last is ours, with the guard.
Rule 2: processor time is that of the server's processes, read from /proc; requests a second are
those of one client process that shares the machine, so compare them only with each other.

    python -m benchmarks.servers [--seconds N] [--quick]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Final

BODY: Final = b"Body=hello&From=%2B18605550100&To=%2B18605550101&MessageSid=SM" + b"0" * 100
HEAD: Final = b"POST / HTTP/1.1\r\nhost: a\r\n"
ASK: Final = HEAD + b"content-length: %d\r\n\r\n" % len(BODY) + BODY
SLOW: Final = {
    "idle": b"",
    "half a head": HEAD,
    "half a body": HEAD + b"content-length: 9\r\n\r\na",
}
PATIENCE: Final = 14.0  # seconds to watch a slow socket
HUGE: Final = 200_000_000
APP: Final = """
import sys
port = int(sys.argv[1])
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": kind + ".complete"})
            if kind == "lifespan.shutdown":
                return
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"text/xml"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})
"""
SERVERS: Final = {
    "uvicorn, h11 and asyncio": """
import uvicorn
uvicorn.run(app, port=port, http="h11", loop="asyncio", log_config=None, access_log=False,
            timeout_keep_alive=10)
""",
    "uvicorn, httptools and uvloop": """
import uvicorn
uvicorn.run(app, port=port, http="httptools", loop="uvloop", log_config=None, access_log=False,
            timeout_keep_alive=10)
""",
    "granian": """
from granian.server.embed import Server
from granian.http import HTTP1Settings
import asyncio, uvloop
uvloop.install()
server = Server(app, port=port, interface="asgi", log_enabled=False, websockets=False,
                http1_settings=HTTP1Settings(header_read_timeout=10_000))
uvloop.run(server.serve())
""",
    "hypercorn, h11 and uvloop": """
import uvloop
from hypercorn.asyncio import serve
from hypercorn.config import Config
config = Config()
config.bind = [f"127.0.0.1:{port}"]
config.errorlog = None
config.keep_alive_timeout = config.read_timeout = 10
config.keep_alive_max_requests = 10**9
uvloop.run(serve(app, config))
""",
    "ours: uvicorn with deadlines, and the guard": """
from datetime import date
from pathlib import Path
from bot.config import Settings
from bot.load import load
from webhook import server
from webhook.guard import Guard
from webhook.house import build
program = load(Path("flows"), Path("locales"), today=date.today())
server.serve(Guard(app, build(Settings(), program)), server.listen("127.0.0.1", port))
""",
}


@contextmanager
def running(code: str) -> Iterator[tuple[int, int]]:
    """A server process: its process group and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603  the programs are those above
        [sys.executable, "-c", APP + code, str(port)],
        start_new_session=True,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[1],
    )
    try:
        _await(port)
        yield process.pid, port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _await(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            _pause()
        else:
            return
    raise TimeoutError("the server did not start")


def _pause() -> None:
    asyncio.run(asyncio.sleep(0.1))


def processes(group: int) -> list[list[str]]:
    """/proc/…/stat of every process of a group, without the name."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            found.append(fields)
    return found


def spent(group: int) -> float:
    """Seconds of processor time that a process group has used."""
    ticks = sum(int(each[11]) + int(each[12]) for each in processes(group))
    return ticks / os.sysconf("SC_CLK_TCK")


def resident(group: int) -> float:
    """Megabytes of memory that a process group holds."""
    return sum(int(each[21]) for each in processes(group)) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def _ask_on(port: int, until: float) -> int:
    """How many requests one kept connection had answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    done = 0
    while perf_counter() < until:
        writer.write(ASK)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(head[:20].decode("latin-1"))
        await reader.readexactly(2)
        done += 1
    writer.close()
    return done


async def load_on(port: int, connections: int, seconds: float) -> int:
    """How many requests that many kept connections had answered."""
    until = perf_counter() + seconds
    return sum(await asyncio.gather(*(_ask_on(port, until) for _ in range(connections))))


async def closed_after(port: int, begun: bytes) -> float | None:
    """Seconds until the server closes a socket that stops there; None: it does not."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begun)
    begin = perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            while await reader.read(1000):
                pass
    except TimeoutError:
        return None
    except ConnectionError:
        pass
    finally:
        writer.close()
    return perf_counter() - begin


async def slow(port: int) -> list[float | None]:
    """What becomes of each slow socket, watched at once."""
    return list(await asyncio.gather(*(closed_after(port, begun) for begun in SLOW.values())))


def swallowed(port: int) -> float:
    """Megabytes of a huge body that the server takes."""
    sent, piece = 0, b"a" * 65536
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        try:
            sock.sendall(HEAD + b"content-length: %d\r\n\r\n" % HUGE)
            while sent < HUGE:
                sent += sock.send(piece)
        except OSError:
            pass
    return sent / 1e6


def row(name: str, code: str, seconds: float, patient: bool) -> str:
    """One line of the table."""
    with running(code) as (group, port):
        cells = []
        for connections in (1, 32):
            asyncio.run(load_on(port, connections, 0.3))
            before = spent(group)
            done = asyncio.run(load_on(port, connections, seconds))
            cells += [f"{done / seconds:,.0f}", f"{(spent(group) - before) / done * 1e6:.0f}"]
        before = resident(group)
        cells.append(f"{swallowed(port):.0f} of 200")
        cells.append(f"{max(0.0, resident(group) - before):.0f}")
        waits = asyncio.run(slow(port)) if patient else []
        cells += ["open" if wait is None else f"{wait:.0f} s" for wait in waits]
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="benchmarks.servers")
    options.add_argument("--seconds", type=float, default=3.0)
    options.add_argument("--quick", action="store_true", help="a smoke: nothing slow is watched")
    chosen = options.parse_args()
    slows = [] if chosen.quick else list(SLOW)
    titles = [
        "", "1 connection: requests/s", "CPU µs a request", "32: requests/s", "CPU µs a request",
        "MB taken of a huge body", "MB grown", *slows,
    ]  # fmt: skip
    print(f"| {' | '.join(titles)} |\n|---|{'---:|' * (len(titles) - 1)}")
    for name, code in SERVERS.items():
        print(row(name, code, 0.3 if chosen.quick else chosen.seconds, not chosen.quick))


if __name__ == "__main__":
    main()
