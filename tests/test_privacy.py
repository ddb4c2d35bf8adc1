"""Nothing about a person is written: the promise the rest stands on (promises 1, 2, 3 and 24).

The real server runs as a process of its own, in a folder of its own, with every door open. People
who are made up hold conversations over all of them, each with their own phone, Telegram id, name,
address, town, ZIP and words. Then every byte the process wrote, every file it opened, every
address it reached is searched for all of it, in every shape. That the search can fail is shown
by planting leaks that are known.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from re import findall, search
from urllib.parse import quote, urlencode

import httpx
import pytest
from twilio.request_validator import (  # type: ignore[import-untyped]  # twilio ships no types
    RequestValidator,
)

from bot.usage.model import TOTAL
from bot.usage.store import open_store
from tests.canary import LEAKS, Person, files, hits, person
from tests.conftest import ROOT
from webhook.telegram import HEADER, secret

MANY = 400 if os.environ.get("CI") else 20
FEW = 12
BY_TELEGRAM = ("telegram at DEBUG", "httpx at INFO")  # libraries that only this door uses
PUBLIC = "https://chat.example.org"
TWILIO_TOKEN = "qzvkhtwm" + "f3a9" * 6  # made up
TELEGRAM_TOKEN = "5550100:QzvkHtwmBxjr" + "Lpn" * 8  # made up
COUNTS = "waypost-counts.db"  # the one file there is to be; its bytes are searched like all others
KEPT_QUIET = (TWILIO_TOKEN, TELEGRAM_TOKEN, TELEGRAM_TOKEN.partition(":")[2])


@dataclass
class Run:
    """A server that people talk to, and all that it left."""

    folder: Path
    url: str
    answers: list[bytes]
    reached: set[str] = field(default_factory=set)  # addresses it was connected to

    def look(self, process: int) -> None:
        """Note whom the process is connected to just now, by its own sockets."""
        links = (os.readlink(f"/proc/{process}/fd/{n}") for n in os.listdir(f"/proc/{process}/fd"))
        sockets = {link[8:-1] for link in links if link.startswith("socket:[")}
        for table in ("tcp", "tcp6"):
            rows = (
                Path(f"/proc/{process}/net/{table}").read_text(encoding="ascii").splitlines()[1:]
            )
            for row in map(str.split, rows):
                remote = bytes.fromhex(row[2].partition(":")[0])
                if row[9] in sockets and any(remote):
                    address = (
                        remote[-4:][::-1] if table == "tcp" or b"\xff\xff" in remote else remote
                    )
                    self.reached.add(".".join(map(str, address)))

    def written(self) -> Iterator[tuple[str, bytes]]:
        yield from files(self.folder)

    def watched(self) -> list[str]:
        return (self.folder / "watch").read_text(encoding="utf-8").splitlines()

    def told(self) -> list[str]:
        return (self.folder / "stderr").read_text(encoding="utf-8").splitlines()


class Telegram(BaseHTTPRequestHandler):
    """Says yes to everything. What it hears is the way out that there has to be."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        result: object = True
        if self.path.endswith(("sendMessage", "editMessageText")):
            chat = {"id": 1, "type": "private"}
            result = {"message_id": 7, "date": int(time.time()), "chat": chat}
        body = json.dumps({"ok": True, "result": result}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: this is the far side."""


class Api(ThreadingHTTPServer):
    """Telegram's side, with room for everybody at once."""

    request_queue_size = 256


@contextmanager
def serving(folder: Path, leak: str = "none") -> Iterator[Run]:
    """The server with every door open, watched; gone afterwards, so that all is flushed."""
    api = Api(("127.0.0.1", 0), Telegram)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    port = free_port()
    (folder / "tmp").mkdir(parents=True)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "CANARY_WATCH": str(folder / "watch"),
        "WAYPOST_FLOWS": str(ROOT / "flows"),
        "WAYPOST_LOCALES": str(ROOT / "locales"),
        "WAYPOST_PUBLIC_URL": PUBLIC,
        "WAYPOST_TRUST_PROXY": "true",
        "WAYPOST_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "WAYPOST_TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
        "WAYPOST_TWILIO_SWEEP": "false",
        "WAYPOST_TELEGRAM_TOKEN": TELEGRAM_TOKEN,
        "WAYPOST_TELEGRAM_API": f"http://127.0.0.1:{api.server_port}",
    }
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.canary_server", str(port), leak],
            cwd=folder, env=environment, stdout=out, stderr=err,
        )  # fmt: skip
        try:
            run = Run(folder, f"http://127.0.0.1:{port}", [])
            wait_for(run, process)
            watching = threading.Event()
            watcher = threading.Thread(target=look_on, args=(run, process, watching))
            watcher.start()
            yield run
            watching.set()
            watcher.join()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
            api.shutdown()
            api.server_close()


def look_on(run: Run, process: subprocess.Popen[bytes], done: threading.Event) -> None:
    while not done.wait(0.05):
        with suppress(OSError):  # a socket was closed while it was looked at
            run.look(process.pid)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(run: Run, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, (run.folder / "stderr").read_text(encoding="utf-8")
        try:
            if httpx.get(f"{run.url}/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


# Conversations, over every door -----------------------------------------------------------


def talk(who: Person) -> tuple[str, ...]:
    """From the hello over somebody's own words, town and number to cards, and the way out."""
    return ("1", who.words, "1", "3", f"{who.name} {who.city} {who.zip}", who.phone, "1", "9")


def by_web(client: httpx.Client, run: Run, who: Person) -> None:
    marks = {"x-forwarded-for": who.address, "user-agent": who.name, "referer": quote(who.words)}
    page = client.get(f"{run.url}/?city={who.city}", headers=marks)
    for said in talk(who):
        hidden = dict(findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        assert set(hidden) >= {"page", "state"}, "the page cannot be answered"
        page = client.post(f"{run.url}/", data=hidden | {"say": said}, headers=marks)
        assert page.status_code == 200
        run.answers.append(page.content)


def by_twilio(client: httpx.Client, run: Run, who: Person, prefix: str = "") -> None:
    for number, said in enumerate(("hola", "2", *talk(who)[1:])):
        form = {
            "From": prefix + who.phone, "To": prefix + "+18605550100", "Body": said,
            "MessageSid": f"SM{who.name}{prefix}{number}", "NumMedia": "0",
            "FromCity": who.city, "FromZip": who.zip, "ProfileName": who.name,
        }  # fmt: skip
        headers = {
            "x-twilio-signature": RequestValidator(TWILIO_TOKEN).compute_signature(
                f"{PUBLIC}/twilio", form
            ),
            "content-type": "application/x-www-form-urlencoded",
            "x-forwarded-for": who.address,
        }
        answer = client.post(f"{run.url}/twilio", content=urlencode(form), headers=headers)
        assert answer.status_code == 200
        run.answers.append(answer.content)


def by_telegram(client: httpx.Client, run: Run, who: Person) -> None:
    author = {"id": who.telegram, "first_name": who.name, "username": who.name, "is_bot": False}
    chat = {"id": who.telegram, "type": "private", "first_name": who.name}
    for number, said in enumerate(("/start", *talk(who))):
        update = {
            "update_id": who.telegram * 10 + number,
            "message": {
                "message_id": number + 1, "date": int(time.time()), "from": author,
                "chat": chat, "text": said,
            },
        }  # fmt: skip
        headers = {HEADER: secret(TELEGRAM_TOKEN)}
        answer = client.post(f"{run.url}/telegram", json=update, headers=headers)
        assert answer.status_code == 200
        run.answers.append(answer.content)


def by_mistake(client: httpx.Client, run: Run, who: Person) -> None:
    """Everything malformed, each with a canary in it."""
    signed = {"x-twilio-signature": who.words.encode().hex(), HEADER: who.name}
    form = {"content-type": "application/x-www-form-urlencoded"}
    bodies = (
        who.words.encode("utf-16"),
        f"{who.phone}=%zz&=&".encode(),
        b"\xff\xfe" + who.words.encode(),
        json.dumps({"message": {"text": who.words, "chat": who.phone}}).encode(),
        f"a={who.words}&".encode() * 200,
    )
    for body in bodies:
        for path in ("/", "/twilio", "/telegram", f"/{who.name}", f"/share?in={who.name}"):
            run.answers.append(
                client.post(run.url + path, content=body, headers=signed | form).content
            )
    run.answers.append(client.get(f"{run.url}/{who.phone}?q={who.city}", headers=signed).content)
    run.answers.append(client.request(who.name, f"{run.url}/", headers=signed).content)


Door = Callable[[httpx.Client, Run, Person], None]
DOORS: tuple[Door, ...] = (
    by_web,
    by_twilio,
    lambda client, run, who: by_twilio(client, run, who, "whatsapp:"),
    by_telegram,
    by_mistake,
)
COUNTED = 4  # conversations that one of us holds: each door's but the mistaken one's


def everybody(run: Run, people: list[Person], doors: Sequence[Door] = DOORS) -> None:
    """All at once: Telegram is written to at most once a second for each of them."""

    def one(who: Person) -> None:
        with httpx.Client(timeout=30) as client:
            for door in doors:
                door(client, run, who)

    with ThreadPoolExecutor(max_workers=60) as everyone:
        list(everyone.map(one, people))


def found(run: Run, people: list[Person]) -> list[str]:
    """Every canary, every secret, and every file, that a run let out."""
    quiet_words = [key for key in KEPT_QUIET for _, held in run.written() if key.encode() in held]
    noted = [line for line in run.watched() if line.startswith(("write", "os.", "subprocess"))]
    opened = [line for line in noted if line != f"write {COUNTS} None"]
    return [*hits(run.written(), people), *quiet_words, *opened]


def counted(run: Run) -> int:
    """How many conversations the file of the counts has."""
    store = open_store(str(run.folder / COUNTS), make=False)
    try:
        return store.counts("2020-01", "2099-12")[TOTAL]
    finally:
        store.close()


# The promises -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return [person(seed) for seed in range(MANY)]


def test_nothing_about_a_person_is_written_or_repeated(
    tmp_path: Path, people: list[Person]
) -> None:
    with serving(tmp_path / "run") as run:
        everybody(run, people)
    assert len(run.answers) > 20 * MANY
    assert found(run, people) == []
    assert counted(run) == COUNTED * MANY, "what was not counted proves nothing of the counts"
    assert run.told() == []
    assert (run.folder / "stdout").read_bytes() == b"ready\n"
    answers = [("an answer", answer) for answer in run.answers]
    assert hits(answers, people[:FEW]) == []
    assert run.reached, "nobody was written to by Telegram"
    assert run.reached == {"127.0.0.1"}


@pytest.mark.full
def test_nothing_is_written_when_our_own_code_fails_either(
    tmp_path: Path, people: list[Person]
) -> None:
    few = people[:FEW]
    with serving(tmp_path / "run", "faults") as run:
        everybody(run, few)
    assert found(run, few) == []
    told = set(run.told())
    assert told
    assert all(search(r"\Awaypost went on: ValueError at \w+\.py:\d+\Z", line) for line in told)


@pytest.mark.full
@pytest.mark.parametrize("leak", LEAKS)
def test_the_search_finds_a_leak_that_was_planted(
    leak: str, tmp_path: Path, people: list[Person]
) -> None:
    few = people[:3]
    only = (by_telegram,) if leak in BY_TELEGRAM else (by_web, by_twilio)
    with serving(tmp_path / "run", leak) as run:
        everybody(run, few, only)
    assert found(run, few), f"the planted leak was not found: {leak}"
