"""`waypost setup`: it tells before it changes, changes only with --go, and nothing twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import httpx
import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr

from bot.cli import main
from bot.config import Settings
from bot.load import Program
from tests.conftest import ROOT
from webhook import golive, introduction
from webhook.doctor import OVERRIDES
from webhook.golive import NotYetError
from webhook.remote import Remote, RemoteError
from webhook.telegram import secret
from webhook.updates import ALLOWED

URL = "https://chat.example.org"
BIN = "https://handler.example.org/bin"
TOKEN = "123:canary"  # noqa: S105  made up
SETTINGS = Settings(
    public_url=URL,
    twilio_account_sid="AC1",
    twilio_auth_token=SecretStr("canary"),
    twilio_number="+18605550142",
    telegram_token=SecretStr(TOKEN),
)


class Twilio:
    """The one number of an account, which remembers what it was told."""

    def __init__(self, status: int = 200) -> None:
        self.number = {"sid": "PN1", "phone_number": SETTINGS.twilio_number}
        self.changed: list[str] = []
        self.status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.status != 200:
            return httpx.Response(self.status)
        if request.method == "GET":
            asked = request.url.params["PhoneNumber"] == self.number["phone_number"]
            return httpx.Response(
                200, json={"incoming_phone_numbers": [self.number] if asked else []}
            )
        assert request.url.path == "/2010-04-01/Accounts/AC1/IncomingPhoneNumbers/PN1.json"
        for name, value in parse_qsl(request.content.decode(), keep_blank_values=True):
            self.changed.append(name)
            self.number[golive.as_read(name)] = value
        return httpx.Response(200, json=self.number)


def remote(twilio: Twilio, settings: Settings = SETTINGS) -> Remote:
    return Remote(settings, transport=httpx.MockTransport(twilio))


def test_a_plan_changes_nothing() -> None:
    twilio = Twilio()
    changes = list(golive.twilio(SETTINGS, remote(twilio), BIN))
    assert [change.what.split()[0] for change in changes] == [
        "SmsUrl",
        "SmsMethod",
        "SmsFallbackUrl",
        "SmsFallbackMethod",
    ]
    assert twilio.changed == []


def test_a_plan_carried_out_leaves_nothing_to_do() -> None:
    twilio = Twilio()
    twilio.number["sms_application_sid"] = "AP1"
    for change in golive.twilio(SETTINGS, remote(twilio), BIN):
        change.make()
    assert twilio.number["sms_url"] == f"{URL}/twilio{OVERRIDES}"
    assert twilio.number["sms_fallback_url"] == BIN
    assert twilio.number["sms_application_sid"] == ""
    assert list(golive.twilio(SETTINGS, remote(twilio), BIN)) == []
    assert list(golive.twilio(SETTINGS, remote(twilio), "")) == []


def test_nobody_goes_live_without_a_fallback() -> None:
    with pytest.raises(NotYetError, match="TwiML bin"):
        list(golive.twilio(SETTINGS, remote(Twilio()), ""))


def test_missing_settings_are_named() -> None:
    with pytest.raises(NotYetError, match="WAYPOST_TWILIO_NUMBER") as caught:
        list(golive.twilio(Settings(), remote(Twilio()), BIN))
    assert "WAYPOST_PUBLIC_URL" in str(caught.value)
    with pytest.raises(NotYetError, match="WAYPOST_TELEGRAM_TOKEN"):
        golive.need(Settings(), ("telegram_token",))


def test_a_number_of_somebody_else_is_said() -> None:
    settings = SETTINGS.model_copy(update={"twilio_number": "+18605550143"})
    with pytest.raises(NotYetError, match="WAYPOST_TWILIO_NUMBER is no number") as caught:
        list(golive.twilio(settings, remote(Twilio(), settings), BIN))
    assert "0143" not in str(caught.value)


def test_a_refusal_is_an_error_that_carries_nothing() -> None:
    with pytest.raises(RemoteError, match="refused"):
        list(golive.twilio(SETTINGS, remote(Twilio(401)), BIN))


# Telegram ---------------------------------------------------------------------------------


Told = dict[str, list[dict[str, str]]]  # method -> the fields of each call
Api = tuple[Settings, Told]


class Telegram(BaseHTTPRequestHandler):
    """A Bot API that does whatever it is told, and remembers it by method."""

    told: ClassVar[Told]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        method = self.path.rpartition("/")[2]
        self.told.setdefault(method, []).append(dict(parse_qsl(body)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"ok": true, "result": true}')

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def telegram() -> Iterator[Api]:
    """Settings that lead to a Bot API, and what it is told."""
    told: Told = {}
    handler = type("Handler", (Telegram,), {"told": told})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        running = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        running.start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield SETTINGS.model_copy(update={"telegram_api": address}), told
        server.shutdown()
        running.join()


def test_telegram_is_connected_as_a_whole(shipped: Program, telegram: Api) -> None:
    settings, told = telegram
    golive.telegram(settings, shipped).make()
    (hook,) = told["setWebhook"]
    assert hook["url"] == f"{URL}/telegram"
    assert hook["secret_token"] == secret(TOKEN)
    assert set(json.loads(hook["allowed_updates"])) == set(ALLOWED)
    codes = sorted(introduction.codes(shipped.catalog.languages).values())
    for method in ("setMyCommands", "setMyDescription", "setMyShortDescription"):
        assert sorted(each.get("language_code", "") for each in told[method]) == codes


def test_telling_what_telegram_would_get_sends_nothing(shipped: Program, telegram: Api) -> None:
    settings, told = telegram
    assert "WAYPOST_PUBLIC_URL/telegram" in golive.telegram(settings, shipped).what
    assert told == {}


def test_a_telegram_that_cannot_be_reached_is_an_error(shipped: Program) -> None:
    settings = SETTINGS.model_copy(update={"telegram_api": "http://127.0.0.1:1"})
    with pytest.raises(RemoteError) as caught:
        golive.telegram(settings, shipped).make()
    assert "canary" not in repr(caught.value)


# The fallback and the command -------------------------------------------------------------


def test_the_fallback_names_the_help_line_of_the_directory(shipped: Program) -> None:
    """In the languages of the hello, and by the number that the directory has today."""
    texts = [each.text or "" for each in ElementTree.fromstring(golive.fallback(shipped))]  # noqa: S314  our own
    book = shipped.book
    phones = book.directory.services[book.help_line].phones
    voice = next(phone.shown for phone in phones if phone.kind == "voice")
    assert golive.spoken_at_the_hello(shipped) == ("en", "es", "pt_BR")
    assert len(texts) == 3
    assert all(voice in text for text in texts)


def test_the_shipped_fallback_is_the_one_that_would_be_made_today(shipped: Program) -> None:
    """If this fails: `waypost setup fallback > docs/deploy/twilio-fallback.xml`, and the bin."""
    kept = (ROOT / "docs/deploy/twilio-fallback.xml").read_text(encoding="utf-8")
    assert kept == golive.fallback(shipped)


def run(*args: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["setup", *args], env=environment)


@pytest.mark.parametrize("door", ["twilio", "telegram"])
def test_without_settings_the_command_names_them(door: str) -> None:
    done = run(door)
    assert done.exit_code == 1
    assert "WAYPOST_PUBLIC_URL" in done.output


def test_a_fallback_must_be_https() -> None:
    assert run("twilio", "--fallback", "http://handler.example.org").exit_code == 2


def test_telegram_is_only_told_without_go() -> None:
    done = run(
        "telegram", WAYPOST_PUBLIC_URL=URL, WAYPOST_TELEGRAM_TOKEN=TOKEN,
        WAYPOST_TELEGRAM_API="http://127.0.0.1:1",
    )  # fmt: skip
    assert done.exit_code == 0
    assert "would change: messages go to WAYPOST_PUBLIC_URL/telegram" in done.output
    assert "Nothing was changed" in done.output
    assert "canary" not in done.output


def test_who_cannot_be_reached_is_said_in_words() -> None:
    environment = {
        "WAYPOST_PUBLIC_URL": URL,
        "WAYPOST_TWILIO_ACCOUNT_SID": "AC1",
        "WAYPOST_TWILIO_AUTH_TOKEN": "canary",
        "WAYPOST_TWILIO_NUMBER": "+18605550142",
        "WAYPOST_TWILIO_API": "http://127.0.0.1:1",
    }
    done = run("twilio", "--fallback", BIN, "--go", **environment)
    assert done.exit_code == 1
    assert done.output.strip() == "Error: Twilio cannot be reached"


def test_the_fallback_can_be_printed(shipped: Program) -> None:
    assert run("fallback").output == golive.fallback(shipped)
