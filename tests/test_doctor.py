"""`waypost doctor`: it finds what is wrong, says what to do, and tells no value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from bot import doctor
from bot.cli import main
from bot.commands.doctor import tell
from bot.config import Settings
from bot.doctor import Finding, Grade, Machine
from bot.load import Program
from tests.conftest import ROOT, TODAY
from webhook.doctor import OVERRIDES, there
from webhook.remote import Remote, RemoteError
from webhook.updates import ALLOWED

NOW = 1_800_000_000.0
FINE = Machine((3, 11), root=False, swap=False, dumps=False)
URL = "https://chat.example.org"
SETTINGS = Settings(
    public_url=URL,
    twilio_account_sid="ACcanary",
    twilio_auth_token=SecretStr("canarytoken"),
    twilio_number="+18605550142",
    telegram_token=SecretStr("123:canarytoken"),
    telegram_name="canary_bot",
)
NUMBER = {
    "sid": "PN1",
    "sms_url": f"{URL}/twilio{OVERRIDES}",
    "sms_method": "POST",
    "sms_fallback_url": "https://handler.example.org/bin",
    "sms_application_sid": "",
}
NONE: dict[str, object] = {"incoming_phone_numbers": []}
HOOK = {"url": f"{URL}/telegram", "allowed_updates": list(ALLOWED), "pending_update_count": 0}


def world(**other: object) -> dict[str, object]:
    """What everybody answers when all is well; `other` replaces single answers."""
    return {
        "health": "ok",
        "account": {"status": "active", "type": "Full"},
        "number": {"incoming_phone_numbers": [NUMBER]},
        "messages": {"messages": [], "next_page_uri": None},
        "getMe": {"ok": True, "result": {"username": "canary_bot"}},
        "getWebhookInfo": {"ok": True, "result": HOOK},
    } | other


def remote(answers: Mapping[str, object], settings: Settings = SETTINGS) -> Remote:
    """A world in which everybody answers as written; a number is a status, None no answer."""

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        name = {
            "/health": "health",
            "/2010-04-01/Accounts/ACcanary.json": "account",
            "/2010-04-01/Accounts/ACcanary/IncomingPhoneNumbers.json": "number",
            "/2010-04-01/Accounts/ACcanary/Messages.json": "messages",
        }.get(path, path.rpartition("/")[2])
        found = answers[name]
        if found is None:
            raise httpx.ConnectError("canary", request=request)
        if isinstance(found, int):
            return httpx.Response(found, text="canary")
        return httpx.Response(
            200, **({"text": found} if isinstance(found, str) else {"json": found})
        )

    return Remote(settings, transport=httpx.MockTransport(answer))


def seen(settings: Settings = SETTINGS, **other: object) -> list[Finding]:
    return list(there(settings, remote(world(**other), settings), NOW))


def number(**other: object) -> dict[str, object]:
    return {"incoming_phone_numbers": [NUMBER | other]}


def hook(**other: object) -> dict[str, object]:
    return {"getWebhookInfo": {"ok": True, "result": HOOK | other}}


def records(age: float) -> dict[str, object]:
    born = format_datetime(datetime.fromtimestamp(NOW - age, UTC))
    return {"messages": [{"sid": "SM1", "date_sent": born}], "next_page_uri": None}


# Out there --------------------------------------------------------------------------------


def test_where_all_is_well_everything_is_ok() -> None:
    found = seen()
    assert {each.about for each in found} == {"web", "twilio", "records", "telegram"}
    assert [each for each in found if each.grade is not Grade.OK] == []


def test_a_door_that_is_not_set_up_is_not_asked_for() -> None:
    assert list(there(Settings(), remote({}), NOW)) == []


WRONG = [
    ("web", Grade.BROKEN, "cannot reach the public address", {"health": None}),
    ("web", Grade.BROKEN, "something else answers", {"health": "hello"}),
    ("web", Grade.BROKEN, "something else answers", {"health": 502}),
    ("twilio", Grade.BROKEN, "cannot reach Twilio", {"account": None}),
    ("twilio", Grade.BROKEN, "refuses our credentials", {"account": 401}),
    ("twilio", Grade.BROKEN, "nobody expects", {"account": 500}),
    ("twilio", Grade.BROKEN, "nobody expects", {"account": "<html>"}),
    ("twilio", Grade.BROKEN, "not active", {"account": {"status": "suspended"}}),
    ("twilio", Grade.TO_DO, "trial", {"account": {"status": "active", "type": "Trial"}}),
    ("twilio", Grade.BROKEN, "no number of this account", {"number": NONE}),
    ("twilio", Grade.BROKEN, "go elsewhere", {"number": number(sms_url="https://demo.example")}),
    ("twilio", Grade.BROKEN, "go elsewhere", {"number": number(sms_method="GET")}),
    ("twilio", Grade.BROKEN, "TwiML app", {"number": number(sms_application_sid="AP1")}),
    ("twilio", Grade.TO_DO, "deadlines", {"number": number(sms_url=f"{URL}/twilio")}),
    ("twilio", Grade.BROKEN, "silence", {"number": number(sms_fallback_url="")}),
    ("twilio", Grade.BROKEN, "silence", {"number": number(sms_fallback_url=f"{URL}/other")}),
    ("records", Grade.BROKEN, "oldest record is 3 hours old", {"messages": records(3 * 3600)}),
    ("twilio", Grade.BROKEN, "refuses our credentials", {"messages": 401}),
    ("telegram", Grade.BROKEN, "cannot reach Telegram", {"getMe": None}),
    ("telegram", Grade.BROKEN, "refuses our credentials", {"getMe": 401}),
    ("telegram", Grade.BROKEN, "nobody expects", {"getMe": {"ok": True, "result": 1}}),
    ("telegram", Grade.BROKEN, "another bot", {"getMe": {"result": {"username": "other_bot"}}}),
    ("telegram", Grade.BROKEN, "does not send", hook(url="")),
    ("telegram", Grade.TO_DO, "more or less", hook(allowed_updates=[])),
    ("telegram", Grade.BROKEN, "50 messages wait", hook(pending_update_count=50)),
    ("telegram", Grade.TO_DO, "10 min ago", hook(last_error_date=int(NOW) - 600)),
]  # fmt: skip


@pytest.mark.parametrize(("about", "grade", "what", "other"), WRONG)
def test_what_is_wrong_is_found_and_its_values_are_not_told(
    about: str, grade: Grade, what: str, other: dict[str, object]
) -> None:
    found = [each for each in seen(SETTINGS, **other) if each.grade is not Grade.OK]
    assert [(each.about, each.grade) for each in found] == [(about, grade)]
    assert what in found[0].what
    told = repr(found)
    for value in ("canary", "8605550142", "chat.example.org", "PN1", "SM1", "handler"):
        assert value not in told


def test_who_cannot_be_reached_stops_nobody_else() -> None:
    found = seen(health=None, account=None, getMe=None)
    assert [each.about for each in found] == ["web", "twilio", "telegram"]
    assert {each.grade for each in found} == {Grade.BROKEN}


def test_young_records_are_as_they_should_be() -> None:
    (found,) = [each for each in seen(messages=records(90)) if each.about == "records"]
    assert found == Finding(Grade.OK, "records", "Twilio's oldest record is 1 min old")


def test_records_that_nobody_wants_swept_are_said_but_break_nothing() -> None:
    settings = SETTINGS.model_copy(update={"twilio_sweep": False})
    (found,) = [
        each for each in seen(settings, messages=records(5 * 86400)) if each.about == "records"
    ]
    assert found.grade is Grade.TO_DO
    assert "5 days" in found.what
    assert "WAYPOST_TWILIO_SWEEP" in found.what


@pytest.mark.parametrize(
    "call",
    [
        lambda to: to.account(),
        lambda to: to.number(),
        lambda to: to.telegram("getMe"),
        lambda to: to.set_number("PN1/../x", {}),
        lambda to: to.set_number("PN1", {"SmsUrl": "canary"}),
    ],
    ids=["account", "number", "telegram", "strange id", "change"],
)
def test_an_error_of_a_call_carries_nothing(call: Callable[[Remote], Any]) -> None:
    """An address of Telegram's holds the token, and httpx keeps the request in its errors."""
    answers = {"account": None, "number": None, "getMe": None, "PN1.json": None}
    to = remote(answers)
    with pytest.raises(RemoteError) as caught:
        call(to)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "canary" not in repr(caught.value) + repr(to)


# Here -------------------------------------------------------------------------------------


def local(
    program: Program,
    settings: Settings = SETTINGS,
    *,
    environment: Mapping[str, str] | None = None,
    machine: Machine = FINE,
) -> Iterator[Finding]:
    return doctor.here(
        settings,
        program,
        environment or {},
        locales=ROOT / "locales",
        today=TODAY,
        machine=machine,
    )


def about(found: Iterator[Finding], name: str) -> list[Finding]:
    return [each for each in found if each.about == name]


def test_a_door_half_open_names_the_keys_that_are_missing(shipped: Program) -> None:
    settings = Settings(twilio_account_sid="ACcanary")
    (found,) = about(local(shipped, settings), "twilio")
    assert found.grade is Grade.BROKEN
    for key in ("WAYPOST_PUBLIC_URL", "WAYPOST_TWILIO_AUTH_TOKEN", "WAYPOST_TWILIO_NUMBER"):
        assert key in found.what
    assert "canary" not in found.what


def test_a_door_that_nobody_wants_is_no_fault(shipped: Program) -> None:
    found = [*local(shipped, Settings())]
    assert {each.grade for each in found} == {Grade.OK, Grade.TO_DO}


def test_every_key_that_is_named_is_a_setting(shipped: Program) -> None:
    from bot.config import table

    told = repr([*local(shipped, Settings())])
    keys = {row.key for row in table()}
    named = set(re.findall(r"WAYPOST_[A-Z_]+", told))
    assert len(named) > 4
    assert named <= keys


def test_what_makes_a_start_unsafe_is_broken(shipped: Program) -> None:
    found = about(local(shipped, environment={"SENTRY_DSN": "canary"}), "safety")
    assert [each.grade for each in found] == [Grade.BROKEN]
    assert "SENTRY_DSN" in found[0].what
    assert "canary" not in found[0].what


@pytest.mark.parametrize(
    ("machine", "what"),
    [
        (FINE._replace(python=(3, 10)), "3.11"),
        (FINE._replace(root=True), "root"),
        (FINE._replace(swap=True), "swap"),
        (FINE._replace(dumps=True), "LimitCORE"),
        (FINE._replace(swap=None), "does not tell"),
    ],
)
def test_a_machine_that_may_write_memory_down_is_told(
    machine: Machine, what: str, shipped: Program
) -> None:
    found = about(local(shipped, machine=machine), "machine")[0]
    assert found.grade is not Grade.OK
    assert what in found.what


def test_this_machine_can_be_looked_at() -> None:
    assert doctor.machine().python >= (3, 11)


def test_a_draft_and_numbers_that_nobody_called_are_said(shipped: Program) -> None:
    found = [*local(shipped)]
    assert "draft" in about(iter(found), "languages")[0].what
    assert "help line" in about(iter(found), "directory")[0].what


def test_a_verified_directory_and_a_read_translation_are_ok(
    shipped: Program, tmp_path: Path
) -> None:
    catalog = tmp_path / "es/LC_MESSAGES/waypost.po"
    catalog.parent.mkdir(parents=True)
    written = (ROOT / "locales/es/LC_MESSAGES/waypost.po").read_text(encoding="utf-8")
    assert "X-Waypost-Status: draft" in written
    catalog.write_text(
        written.replace("Status: draft", "Status: reviewed by Ana Ruiz on 2026-11-22"),
        encoding="utf-8",
    )
    book = shipped.book
    services = {
        id: replace(each, verified="2026-11-20") for id, each in book.directory.services.items()
    }
    called = replace(
        shipped, book=replace(book, directory=replace(book.directory, services=services))
    )
    found = [
        *doctor.here(
            SETTINGS, called, {}, locales=tmp_path, today=date(2026, 11, 22), machine=FINE
        )
    ]
    assert about(iter(found), "languages")[0].grade is Grade.OK
    assert about(iter(found), "directory")[0].grade is Grade.OK


# The command ------------------------------------------------------------------------------


def run(*args: str, **environment: str) -> tuple[int, str]:
    files = ["--flows", str(ROOT / "flows"), "--locales", str(ROOT / "locales")]
    done = CliRunner().invoke(main, ["doctor", *args, *files], env=environment)
    return done.exit_code, done.output


def test_without_a_network_it_says_so_and_ends_with_1() -> None:
    code, told = run(WAYPOST_PUBLIC_URL="https://127.0.0.1:1")
    assert code == 1
    assert "broken  web        cannot reach the public address" in told
    assert "127.0.0.1" not in told


def test_what_is_still_to_do_is_no_failure() -> None:
    code, told = run()
    assert code == 0
    assert "to do   web" in told


def test_programs_get_stable_keys() -> None:
    code, told = run("--offline", "--json")
    rows = json.loads(told)
    assert code == 0
    assert len(rows) > 5
    assert {key for row in rows for key in row} == {"grade", "about", "what"}
    assert {row["grade"] for row in rows} <= {"ok", "to do", "broken"}


def test_every_line_begins_with_its_grade(capsys: pytest.CaptureFixture[str]) -> None:
    tell([Finding(grade, "web", "words") for grade in Grade], as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("  ")[0].strip() for line in lines] == ["ok", "to do", "broken"]
