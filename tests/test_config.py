"""Settings are frozen, and a wrong one names its key, never its value."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot import config


def test_the_defaults_need_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYPOST_SHOW_UNCONFIRMED", raising=False)
    assert config.read().show_unconfirmed is False


def test_every_setting_has_a_help_text() -> None:
    assert len(config.Settings.model_fields) >= 3
    assert all(field.description for field in config.Settings.model_fields.values())


def test_a_setting_cannot_be_changed_once_read() -> None:
    with pytest.raises(ValidationError):
        config.read().show_unconfirmed = True


def test_a_wrong_setting_names_the_key_and_never_the_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WAYPOST_SHOW_UNCONFIRMED", "hunter2-secret")
    with pytest.raises(config.SettingsError) as caught:
        config.read()
    assert "WAYPOST_SHOW_UNCONFIRMED" in str(caught.value)
    assert "hunter2" not in str(caught.value) + repr(caught.value) + repr(caught.value.problems)
