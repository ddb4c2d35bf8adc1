"""Settings are frozen, and a wrong one names its key, never its value."""

from __future__ import annotations

import os

import pytest
from pydantic import ValidationError

from bot import config
from bot.commands.settings import files
from tests.conftest import ROOT

CANARY = "hunter2-secret"
KEY = "A" * 43  # 32 bytes of zeros in base64


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in list(os.environ):
        if key.upper().startswith(config.PREFIX):
            monkeypatch.delenv(key)


def refused(key: str) -> str:
    """What is told of one wrong key; the value is looked for in all that an error can show."""
    with pytest.raises(config.SettingsError) as caught:
        config.read()
    error = caught.value
    assert CANARY not in str(error) + repr(error) + repr(error.problems) + repr(error.args)
    assert error.__cause__ is None
    assert set(error.problems) == {key}
    return error.problems[key]


def test_the_defaults_need_no_setting() -> None:
    settings = config.read()
    assert settings.show_unconfirmed is False
    assert settings.trust_proxy is False
    assert not settings.answers_twilio
    assert not settings.answers_telegram


def test_every_setting_has_a_help_text() -> None:
    assert len(config.table()) >= 10
    assert all(row.help and row.key.startswith(config.PREFIX) for row in config.table())


def test_what_is_called_secret_is_one() -> None:
    secrets = {row.key for row in config.table() if row.secret}
    assert {"WAYPOST_SEAL_KEY", "WAYPOST_TWILIO_AUTH_TOKEN", "WAYPOST_TELEGRAM_TOKEN"} <= secrets
    open_ones = {row.key for row in config.table() if not row.secret}
    assert not [key for key in open_ones if key.endswith(("_TOKEN", "_KEY", "_PASSWORD"))]


def test_a_setting_cannot_be_changed_once_read() -> None:
    with pytest.raises(ValidationError):
        config.read().show_unconfirmed = True


@pytest.mark.parametrize(
    "key",
    [
        "WAYPOST_SHOW_UNCONFIRMED",
        "WAYPOST_PORT",
        "WAYPOST_PUBLIC_URL",
        "WAYPOST_SEAL_KEY",
        "WAYPOST_TRUST_PROXY",
        "WAYPOST_TWILIO_NUMBER",
    ],
)
def test_a_wrong_setting_names_the_key_and_never_the_value(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(key, CANARY)
    assert refused(key)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("WAYPOST_TWILO_AUTH_TOKEN", "WAYPOST_TWILIO_AUTH_TOKEN"),
        ("waypost_telegram_tokne", "WAYPOST_TELEGRAM_TOKEN"),
        ("WAYPOST_PUBLICURL", "WAYPOST_PUBLIC_URL"),
    ],
)
def test_a_slip_in_a_key_is_refused_with_the_nearest_one(
    typed: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(typed, CANARY)
    assert refused(typed.upper()).endswith(f"did you mean {meant}?")


@pytest.mark.parametrize("name", config.MISSING_ON_PURPOSE)
def test_what_is_missing_on_purpose_is_refused_with_the_reason(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 25: debug, reload, access log, docs on."""
    monkeypatch.setenv(f"WAYPOST_{name}", "1")
    assert refused(f"WAYPOST_{name}").endswith(config.MISSING_ON_PURPOSE[name])


def test_all_problems_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("WAYPOST_PORT", "WAYPOST_PUBLIC_URL", "WAYPOST_NOTHING_OF_OURS"):
        monkeypatch.setenv(key, CANARY)
    with pytest.raises(config.SettingsError) as caught:
        config.read()
    assert len(caught.value.problems) == 3


def test_no_secret_is_in_what_the_settings_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise 24: whatever is printed, compared or dumped."""
    secrets = [row.key for row in config.table() if row.secret]
    assert len(secrets) >= 3
    for key in secrets:
        monkeypatch.setenv(key, KEY if key == "WAYPOST_SEAL_KEY" else CANARY)
    settings = config.read()
    shown = (
        repr(settings) + str(settings) + str(settings.model_dump()) + settings.model_dump_json()
    )
    assert CANARY not in shown
    assert KEY not in shown


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("WAYPOST_PUBLIC_URL", "http://waypost.example"),
        ("WAYPOST_PUBLIC_URL", "https://waypost.example/"),
        ("WAYPOST_PORT", "0"),
        ("WAYPOST_SEAL_KEY", "c2hvcnQ"),
        ("WAYPOST_TWILIO_NUMBER", "(860) 555-0100"),
    ],
)
def test_a_value_that_would_not_work_is_refused(
    key: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(key, value)
    assert not refused(key).startswith("Value error")


def test_an_empty_value_is_as_if_it_were_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYPOST_PORT", "")
    assert config.read().port == 8000


@pytest.mark.parametrize("path", files())
def test_the_files_made_from_the_table_are_current(path: os.PathLike[str]) -> None:
    """If not: waypost settings --write."""
    made = files()
    assert len(made) == 2
    for name, text in made.items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, f"{path}: made anew?"
    for row in config.table():
        assert all(row.key in text for text in made.values())
