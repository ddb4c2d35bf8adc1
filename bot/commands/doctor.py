"""`waypost doctor`: what is still wrong, here and out there, and what to do about it.

Exit codes: 0 nothing is broken, 1 something is, 2 the files have problems.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from time import time
from typing import Final

import click

from bot import clock
from bot import doctor as checks
from bot.commands import common
from bot.doctor import Finding, Grade

BROKEN: Final = 1
COLOURS: Final = {Grade.OK: "green", Grade.TO_DO: "yellow", Grade.BROKEN: "red"}


@click.command()
@click.option("--offline", is_flag=True, help="look only at this machine")
@click.option("--json", "as_json", is_flag=True, help="for programs: stable keys")
@common.folders
def doctor(offline: bool, as_json: bool, flows: Path | None, locales: Path | None) -> None:
    """Say what is still wrong with settings, doors, directory and machine. Changes nothing."""
    settings = common.settings()
    program = common.program(flows, locales)
    found = list(
        checks.here(
            settings,
            program,
            os.environ,
            locales=locales or settings.locales,
            today=datetime.now(clock.ZONE).date(),
            machine=checks.machine(),
        )
    )
    if not offline:
        from webhook.doctor import there
        from webhook.remote import Remote

        found += there(settings, Remote(settings), time())
    tell(found, as_json)
    raise SystemExit(BROKEN if any(each.grade is Grade.BROKEN for each in found) else 0)


def tell(found: list[Finding], as_json: bool) -> None:
    """A line a finding, or a list of objects."""
    if as_json:
        rows = [
            {"grade": each.grade.value, "about": each.about, "what": each.what} for each in found
        ]
        click.echo(json.dumps(rows, indent=1))
        return
    for each in found:
        grade = click.style(f"{each.grade.value:6}", fg=COLOURS[each.grade])
        click.echo(f"{grade}  {each.about:9}  {each.what}")
