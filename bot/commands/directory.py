"""`waypost directory`: look at the services and the police, check them, write down a call.

Rule: this file reads options and prints; what it prints is made in `bot.listing`, what it
writes in `bot.amend`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Final

import click

from bot import clock, listing
from bot.amend import AmendError, verify_police, verify_service
from bot.directory import KINDS, NEEDS, load
from bot.fields import nearest
from bot.matching import fold
from bot.model import Directory, Place, Service
from bot.source import Problem, Spot

FLOWS: Final = Path("flows")
BROKEN: Final = 2  # the exit code of a folder that cannot be used
_POLICE: Final = {"id": 30, "name": 31, "number": 14, "source_type": 11, "known_from": 10}
_TOWNS: Final = {"town": 33, "police": 31, "link": 6, "number": 14}


@click.group(invoke_without_command=True)
@click.option("--flows", type=click.Path(path_type=Path), help="The folder of the flows. [flows]")
@click.option("--need", type=click.Choice(sorted(NEEDS)), help="Only services for this need.")
@click.option("--town", default="", help="Only services for this town, village or ZIP.")
@click.option("--kind", type=click.Choice(sorted(KINDS)), help="Only services of this kind.")
@click.option("--language", default="", help="Only with somebody who speaks it, as in: es")
@click.option("--police", "what", flag_value="police", help="List the police instead.")
@click.option("--towns", "what", flag_value="towns", help="List each town and its police.")
@click.option("--json", "as_json", is_flag=True, help="For programs: stable keys.")
@click.pass_context
def directory(
    ctx: click.Context,
    flows: Path | None,
    need: str | None,
    town: str,
    kind: str | None,
    language: str,
    what: str | None,
    as_json: bool,
) -> None:
    """The services, the police and the towns: list them, check them, verify them."""
    ctx.obj = flows or (ctx.obj if isinstance(ctx.obj, Path) else FLOWS)
    if ctx.invoked_subcommand:
        return
    found = _loaded(ctx.obj)
    place = _place(found, town) if town else None
    if what == "police":
        _print_rows(
            [listing.police_row(police) for police in found.police.values()], _POLICE, as_json
        )
    elif what == "towns":
        _print_rows([listing.town_row(found, id) for id in found.towns], _TOWNS, as_json)
    else:
        services = listing.services(found, need or "", place, kind or "", language)
        _print_services(services, as_json)


def _print_services(services: list[Service], as_json: bool) -> None:
    if as_json:
        _print_json([listing.service_row(service) for service in services])
    else:
        click.echo(listing.service_table(services))
        click.echo(f"services: {len(services)}")


def _print_rows(rows: list[listing.Row], widths: Mapping[str, int], as_json: bool) -> None:
    if as_json:
        _print_json(rows)
    else:
        click.echo(listing.table(rows, widths))


def _print_json(found: object) -> None:
    click.echo(json.dumps(found, ensure_ascii=False, indent=1))


@directory.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: stable keys.")
@click.pass_obj
def check(flows: Path, as_json: bool) -> None:
    """Say what is wrong (exit 2), and what is old, undated, doubtful or missing (exit 0)."""
    problems: list[Problem] = []
    found, _ = load(flows / "directory", problems)
    cares = listing.care(found, _today())
    wrong = [str(problem) for problem in sorted(problems)]
    if as_json:
        _print_json({"problems": wrong, "warnings": asdict(cares)})
    else:
        click.echo("\n".join(filter(None, [*wrong, listing.care_text(cares)])))
        click.echo(_summary(found, len(wrong)))
    if wrong:
        raise SystemExit(BROKEN)


def _summary(found: Directory, problems: int) -> str:
    counts = (
        f"{len(found.services)} services, {len(found.police)} police, {len(found.towns)} towns "
        f"and parts, {len(found.rights)} rights"
    )
    return f"{counts}: {problems} problems" if problems else f"{counts}: no problem"


@directory.command()
@click.argument("id")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day of the call. [today]")
@click.pass_obj
def verify(flows: Path, id: str, on: datetime | None) -> None:
    """Write down that you called ID (a service or police) and found it right."""
    found = _loaded(flows)
    day = on.date() if on else _today()
    if day > _today():
        raise click.ClickException(f"{day} is in the future; write the day of the call")
    try:
        spot = _write(flows / "directory", found, id, day.isoformat())
    except (AmendError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{id} is verified on {day}, written to {spot}")


def _write(folder: Path, found: Directory, id: str, day: str) -> Spot:
    service, police = found.services.get(id), found.police.get(id)
    if (service and not service.phones) or (police and police.phone is None):
        raise AmendError(f"'{id}' has no number that somebody could have called; write it first")
    if id in found.services:
        return verify_service(folder / "services.yaml", id, day)
    if id in found.police:
        return verify_police(folder / "police.csv", id, found.police[id].line, day)
    near = nearest(id, [*found.services, *found.police])
    raise AmendError(f"there is no service or police '{id}'; {near}")


def _loaded(flows: Path) -> Directory:
    """The directory, or every problem on the screen and exit 2."""
    problems: list[Problem] = []
    found, _ = load(flows / "directory", problems)
    if problems:
        click.echo("\n".join(map(str, sorted(problems))), err=True)
        raise SystemExit(BROKEN)
    return found


def _place(found: Directory, heard: str) -> Place:
    """The one town that is meant: by its exact name, else by any name that is not shared."""
    if heard in found.towns:
        return Place(heard)
    meant = found.places.names.get(fold(heard)) or found.places.zips.get(heard.strip(), ())
    if not meant:
        near = nearest(heard, found.towns)
        raise click.ClickException(f"there is no place '{heard}'; {near}")
    towns = dict.fromkeys(found.towns[place].town for place in meant)
    if len(towns) > 1:
        raise click.ClickException(f"'{heard}' may be {', '.join(towns)}; write one of them")
    return meant[0]


def _today() -> date:
    return clock.today()
