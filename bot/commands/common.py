"""What the commands share: where the files are, and how problems are told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from bot import clock, config
from bot.load import Program, load
from bot.source import FilesError, Problem

_Command = TypeVar("_Command", bound=Callable[..., Any])

BROKEN = 2  # exit code: the files have problems


def folders(command: _Command) -> _Command:
    """The options --flows and --locales."""
    for name in ("locales", "flows"):
        help = config.Settings.model_fields[name].description
        option = click.option(f"--{name}", type=click.Path(path_type=Path), help=help)
        command = option(command)
    return command


def settings() -> config.Settings:
    """The settings of this process, or an end that names each wrong key."""
    try:
        return config.read()
    except config.SettingsError as error:
        raise click.ClickException(str(error)) from None


def program(
    flows: Path | None, locales: Path | None, behind: list[Problem] | None = None
) -> Program:
    """The program as it would run, or an end with every problem listed and exit code 2."""
    read = settings()
    try:
        return load(
            flows or read.flows,
            locales or read.locales,
            today=clock.today(),
            show_unconfirmed=read.show_unconfirmed,
            behind=behind,
        )
    except FilesError as error:
        stop_at(error.problems)


def tried(flows: Path | None, locales: Path | None) -> Program:
    """The program to try a change with: what waits for its translators is said in English."""
    behind: list[Problem] = []
    found = program(flows, locales, behind)
    if behind:
        what = "1 text waits" if len(behind) == 1 else f"{len(behind)} texts wait"
        told = f"{what} for a translator; English stands in for it ('waypost translate gaps')"
        click.secho(told, dim=True, err=True)
    return found


def stop_at(problems: Iterable[Problem]) -> NoReturn:
    """Tell every problem and end."""
    told = [str(problem) for problem in problems]
    for line in told:
        click.echo(line, err=True)
    many = "1 problem" if len(told) == 1 else f"{len(told)} problems"
    click.echo(click.style(f"{many}. Nothing was started.", fg="red"), err=True)
    raise SystemExit(BROKEN)
