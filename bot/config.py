"""Settings: environment -> one frozen object. Errors name the key, never the value.

The fields are the table: name, default and help stand here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "WAYPOST_"


class Settings(BaseSettings):
    """What an operator may set. Every key begins with WAYPOST_ in the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    flows: Path = Field(default=Path("flows"), description="the folder of the flows")
    locales: Path = Field(default=Path("locales"), description="the folder of the catalogs")
    show_unconfirmed: bool = Field(
        default=False,
        description="show police numbers that nobody has confirmed, saying that they are not",
    )


class SettingsError(Exception):
    """Some settings cannot be used. Names each key and what it should be, never its value."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"{key}: {what}" for key, what in problems.items()))


def read() -> Settings:
    """The settings of this process."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(
            {
                f"{PREFIX}{'_'.join(map(str, each['loc']))}".upper(): each["msg"]
                for each in error.errors(include_input=False, include_url=False)
            }
        ) from None
