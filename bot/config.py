"""Settings: environment -> one frozen object. Errors name the key, never the value.

The fields are the table: name, default and help stand here and nowhere else. `.env.example`,
docs/settings.md and `waypost doctor` are made from it (`table`).
A key that begins with WAYPOST_ and is no setting is a mistake, and stops the start.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.seal import key_from

PREFIX = "WAYPOST_"
MISSING_ON_PURPOSE: Final = {
    "ACCESS_LOG": "there is no access log, and there will be none",
    "DEBUG": "there is no debugging in a process that people talk to",
    "DOCS": "there are no pages about the routes",
    "RELOAD": "start it again instead",
}
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{7,14}")


class Settings(BaseSettings):
    """What an operator may set. Every key begins with WAYPOST_ in the environment."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    flows: Path = Field(default=Path("flows"), description="the folder of the flows")
    locales: Path = Field(default=Path("locales"), description="the folder of the catalogs")
    show_unconfirmed: bool = Field(
        default=False,
        description="show police numbers that nobody has confirmed, saying that they are not",
    )
    counts: SecretStr = Field(
        default=SecretStr("waypost-counts.db"),
        description="the file of the usage counts, or a postgresql:// address; off: none are kept",
    )
    host: str = Field(default="127.0.0.1", description="the address that the server listens on")
    port: int = Field(default=8000, ge=1, le=65535, description="the port it listens on")
    public_url: str = Field(
        default="",
        description="https address of this server as the world sees it, no slash at the end",
    )
    trust_proxy: bool = Field(
        default=False,
        description="only one proxy of ours reaches this port: believe the last X-Forwarded-For",
    )
    title: str = Field(
        default="Chat", max_length=40, description="title of the web chat: neutral, others see it"
    )
    leave_url: str = Field(
        default="https://www.weather.gov/",
        pattern=r"^https://[!#-;=?-~]+$",
        description="where the web chat's leave button goes: an everyday page of somebody else",
    )
    seal_key: SecretStr | None = Field(
        default=None,
        description="32 random bytes in base64 that seal conversations; left out: made at start",
    )
    twilio_account_sid: str = Field(default="", description="Twilio's account SID")
    twilio_auth_token: SecretStr | None = Field(
        default=None, description="Twilio's auth token: checks signatures, deletes records"
    )
    twilio_number: str = Field(
        default="", description="the number people text, as +18605550100; shown on /share"
    )
    twilio_sweep: bool = Field(
        default=True, description="delete Twilio's own records of messages after two minutes"
    )
    twilio_api: str = Field(
        default="https://api.twilio.com",
        pattern=r"^https?://[^/?#]+$",
        description="Twilio's REST API; another one only where your account is in another region",
    )
    telegram_token: SecretStr | None = Field(
        default=None, description="the token that BotFather gave"
    )
    telegram_api: str = Field(
        default="https://api.telegram.org",
        pattern=r"^https?://[^/?#]+$",
        description="the Bot API's server; another one only where you host it yourself",
    )
    telegram_name: str = Field(
        default="",
        pattern=r"^(|[A-Za-z][A-Za-z0-9_]{4,31})$",
        description="the bot's name at Telegram without the @; shown on /share",
    )

    @field_validator("seal_key")
    @classmethod
    def _is_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            key_from(value.get_secret_value())
        return value

    @field_validator("public_url")
    @classmethod
    def _is_https(cls, value: str) -> str:
        if value and (not value.startswith("https://") or value.endswith("/")):
            raise ValueError("must begin with https:// and end without a slash")
        return value

    @field_validator("twilio_number")
    @classmethod
    def _is_number(cls, value: str) -> str:
        if value and not _NUMBER.fullmatch(value):
            raise ValueError("must be a number as + and digits, without spaces")
        return value

    @property
    def counts_at(self) -> str:
        """Where counts are kept, a path or an address with a password; "": nowhere."""
        where = self.counts.get_secret_value().strip()
        return "" if where.lower() == "off" else where

    @property
    def answers_twilio(self) -> bool:
        """The three settings of SMS and WhatsApp are there."""
        return bool(self.public_url and self.twilio_account_sid and self.twilio_auth_token)

    @property
    def answers_telegram(self) -> bool:
        """The two settings of Telegram are there."""
        return bool(self.public_url and self.telegram_token)


class SettingsError(Exception):
    """Some settings cannot be used. Names each key and what it should be, never its value."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"{key}: {what}" for key, what in problems.items()))


def read() -> Settings:
    """The settings of this process, or `SettingsError` with every problem at once."""
    problems = unknown(os.environ)
    try:
        settings = Settings()
    except ValidationError as error:
        problems |= {
            f"{PREFIX}{'_'.join(map(str, each['loc']))}".upper(): _said(each["msg"])
            for each in error.errors(include_input=False, include_url=False)
        }
    if problems:
        raise SettingsError(problems)
    return settings


def unknown(environment: Mapping[str, str]) -> dict[str, str]:
    """Keys that begin as ours and are none -> what to do."""
    known = {row.key for row in table()}
    keys = {key.upper() for key in environment if key.upper().startswith(PREFIX)}
    return {key: _advice(key, known) for key in sorted(keys - known)}


def _advice(key: str, known: set[str]) -> str:
    why = MISSING_ON_PURPOSE.get(key.removeprefix(PREFIX))
    near = get_close_matches(key, sorted(known), n=1, cutoff=0.8)
    if near and not why:
        return f"there is no such setting; did you mean {near[0]}?"
    return f"there is no such setting: {why or 'see .env.example for those there are'}"


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")


@dataclass(frozen=True, slots=True)
class Row:
    """One setting, as a person reads about it. `default` is "" where there is none."""

    key: str
    default: str
    help: str
    secret: bool


def table() -> list[Row]:
    """Every setting, in the order in which it is declared."""
    return [
        Row(
            key=f"{PREFIX}{name}".upper(),
            default=_shown(field.default),
            help=field.description or "",
            secret="SecretStr" in str(field.annotation),
        )
        for name, field in Settings.model_fields.items()
    ]


def _shown(default: object) -> str:
    if isinstance(default, SecretStr):
        return default.get_secret_value()  # what stands in this file is no secret
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None else str(default)


def example() -> str:
    """The text of `.env.example`."""
    head = "# Every setting; this file is made by `waypost settings --write`.\n"
    return head + "".join(
        f"\n# {row.help}{'; secret' if row.secret else ''}\n#{row.key}={row.default}\n"
        for row in table()
    )


def page() -> str:
    """The text of docs/settings.md."""
    rows = "".join(
        f"| `{row.key}` | {f'`{row.default}`' if row.default else ''} | {row.help}"
        f"{' (secret)' if row.secret else ''} |\n"
        for row in table()
    )
    return f"""# Settings

Settings are read from the environment when Waypost starts. None is needed to try it. A wrong one
stops the start and is named; its value never is. This page is made by `waypost settings --write`.

| key | if left out | what it is |
|---|---|---|
{rows}"""
