"""Somebody else's Twilio: a published emulator brings signed messages to the real server.

It runs in CI and with FULL=1, since it needs node and a package from npm. In CI
a missing one is a failure; by hand it is skipped.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.conftest import ROOT
from tests.twilio_fake import ACCOUNT, NUMBER, PHONE, TOKEN, settings, texts
from webhook.sweeper import Records

PACKAGE = "emulate@0.11.2"
CI = os.environ.get("CI") == "true"
SECONDS = 30.0  # for anything to start

pytestmark = pytest.mark.full  # it installs a package from npm


class Balancer(ThreadingHTTPServer):
    """What stands before a server in the world: TLS at a public address, plain HTTP inside."""

    daemon_threads = True

    def __init__(self, certificate: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.inside = ""
        self.answers: list[tuple[str, int, bytes]] = []  # the text, the status, the TwiML

    @property
    def url(self) -> str:
        return f"https://localhost:{self.server_port}"


class _Forward(BaseHTTPRequestHandler):
    server: Balancer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        passed = ("content-type", "x-twilio-signature", "cookie", "host")
        headers = {name: value for name, value in self.headers.items() if name.lower() in passed}
        answer = httpx.post(f"{self.server.inside}{self.path}", content=body, headers=headers)
        said = dict(parse_qsl(body.decode(), keep_blank_values=True)).get("Body", "")
        self.server.answers.append((said, answer.status_code, answer.content))
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers.get("content-type", ""))
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """A test that passes says nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("emulator")


@pytest.fixture(scope="module")
def certificate(folder: Path) -> Path:
    """A key and a certificate for "localhost", good for an hour."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "localhost.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def balancer(certificate: Path) -> Iterator[Balancer]:
    balancer = Balancer(certificate)
    thread = Thread(target=balancer.serve_forever, daemon=True)
    thread.start()
    yield balancer
    balancer.shutdown()
    balancer.server_close()
    thread.join(5)


@pytest.fixture(scope="module")
def emulator(folder: Path, certificate: Path, balancer: Balancer) -> Iterator[str]:
    """The address of the emulator, told to bring messages to the balancer."""
    _installed(folder)
    number = {"phone_number": NUMBER, "sms_url": f"{balancer.url}/twilio", "sms_method": "POST"}
    seed = {
        "twilio": {
            "account": {"sid": ACCOUNT, "auth_token": TOKEN},
            "phone_numbers": [number, number | {"phone_number": f"whatsapp:{NUMBER}"}],
        }
    }
    (folder / "seed.json").write_text(json.dumps(seed), encoding="utf-8")
    port = _free_port()
    entry = folder / "node_modules/emulate/dist/index.js"
    started: list[str | Path] = [
        "node",
        entry,
        "start",
        "--service",
        "twilio",
        "--port",
        str(port),
    ]
    process = subprocess.Popen(
        [*started, "--port", str(port), "--seed", folder / "seed.json"],
        cwd=folder,
        env=os.environ | {"NODE_EXTRA_CA_CERTS": str(certificate)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://localhost:{port}"
    try:
        _until_it_answers(url)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _installed(folder: Path) -> None:
    """The package, from npm. Missing tools are a failure in CI."""
    npm = shutil.which("npm")
    if npm is not None:
        command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(
            [*command, "--prefix", folder, PACKAGE], capture_output=True, check=False, timeout=120
        )
        if done.returncode == 0:
            return
    if CI:
        pytest.fail(f"npm could not install {PACKAGE}")
    pytest.skip(f"npm could not install {PACKAGE}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_it_answers(url: str) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the emulator did not start")


@pytest.fixture(scope="module")
def server(balancer: Balancer, emulator: str) -> Iterator[None]:
    """`waypost serve`, with three settings, and the emulator for all that it asks of Twilio."""
    environment = {
        "PATH": os.environ["PATH"],
        "WAYPOST_PUBLIC_URL": balancer.url,
        "WAYPOST_TWILIO_ACCOUNT_SID": ACCOUNT,
        "WAYPOST_TWILIO_AUTH_TOKEN": TOKEN,
        "WAYPOST_TWILIO_API": emulator,
        "WAYPOST_COUNTS": "off",  # test traffic is never counted
    }
    process = subprocess.Popen(
        [Path(sys.executable).with_name("waypost"), "serve", "--port", "0"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert " at http" in line, process.communicate(timeout=10)
        balancer.inside = line.split()[-1]
        yield
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=15)
    assert "went on" not in errors
    assert "cannot be reached" not in errors


def _text(emulator: str, body: str, sender: str = PHONE, to: str = NUMBER) -> str:
    """Let the emulator bring one message; its id there."""
    answer = httpx.post(
        f"{emulator}/_twilio/simulate/inbound-message",
        data={"From": sender, "To": to, "Body": body},
        auth=(ACCOUNT, TOKEN),
        timeout=20,
    )
    assert answer.status_code == 201
    return str(answer.json()["sid"])


@pytest.mark.usefixtures("server")
def test_a_whole_conversation_passes_as_the_emulator_signs_it(
    emulator: str, balancer: Balancer
) -> None:
    """It keeps no cookies, as a carrier that loses them: the talk goes on all the same."""
    for sender, to in ((PHONE, NUMBER), (f"whatsapp:{PHONE}", f"whatsapp:{NUMBER}")):
        balancer.answers.clear()
        for body in ("¡Hola! 👋 & <b>", "1", "1", "1", "1", "Hartford", "0", "9", "hello", "STOP"):
            _text(emulator, body, sender, to)
        assert [status for _, status, _ in balancer.answers] == [200] * 10
        said = ["\n".join(texts(twiml)) for _, _, twiml in balancer.answers]
        assert said[-1] == ""
        assert all(said[:-1])
        assert len(set(said[:6])) == 6
        assert "1-888-373-7888" not in said[0]
        for with_contacts in (said[5], said[6]):
            assert "888-373" in with_contacts
    deliveries = httpx.get(f"{emulator}/?tab=webhooks").text
    assert deliveries.count("message.inbound") == 20


@pytest.mark.usefixtures("server")
def test_the_records_of_the_emulator_are_swept(emulator: str) -> None:
    """By its REST API, with its own ways of paging and of writing dates."""
    _text(emulator, "hi")
    later = time.time() + 300
    ours = settings(twilio_api=emulator)

    async def swept() -> tuple[float | None, int, float | None]:
        async with Records(ours, waits=()) as records:
            young = await records.sweep(time.time())
            assert young == 0
            oldest = await records.oldest(later)
            return oldest, await records.sweep(later), await records.oldest(later)

    oldest, deleted, left = asyncio.run(swept())
    assert oldest is not None
    assert 290 < oldest < 400
    assert deleted >= 1
    assert left is None
