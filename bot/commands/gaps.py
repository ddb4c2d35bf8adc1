"""`waypost gaps`: who would be offered nothing better than the help line, by the directory.

Rule: this file reads options and prints. What is found is in `bot.usage.gaps`, how it is said in
`bot.usage.supply`.
"""

from __future__ import annotations

import csv as tables
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from bot import clock
from bot.commands import common
from bot.load import Program
from bot.source import FilesError
from bot.usage import drawing, views, words
from bot.usage import gaps as supply
from bot.usage.supply import Gaps, Teller
from bot.usage.views import Section

PICTURES: Final = (".svg", ".png")


@click.command()
@click.option(
    "--csv",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every gap, a row for each town, need, age and language.",
)
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a map of the towns, as .svg or .png.",
)
@click.option("--need", multiple=True, help="Only this need, as in answers.yaml; may be repeated.")
@common.folders
def gaps(
    csv: Path | None,
    picture: Path | None,
    need: tuple[str, ...],
    flows: Path | None,
    locales: Path | None,
) -> None:
    """Where services are missing: who reaches nothing better than the help line.

    It comes from the directory of services alone; nothing that anybody asked for is looked at.
    """
    if picture is not None and picture.suffix not in PICTURES:
        raise click.UsageError(f"--picture must end in .svg or .png, not '{picture.name}'")
    program = common.program(flows, locales)
    _check(program, need)
    found = supply.survey(program, need)
    told = _told(found, flows or common.settings().flows)
    for line in lines(told):
        click.echo(line)
    try:
        if csv is not None:
            csv.write_text(as_csv(found), encoding="utf-8", newline="")
            click.echo(f"wrote {csv}", err=True)
        if picture is not None:
            _draw(told, picture)
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None


def _check(program: Program, needs: tuple[str, ...]) -> None:
    known = program.book.answers["need"].values if "need" in program.book.answers else ()
    for each in needs:
        if each not in known:
            raise click.UsageError(f"there is no need '{each}'; use one of: {', '.join(known)}")


def _told(found: supply.Supply, flows: Path) -> Gaps:
    try:
        return Teller(found, words.load(flows), views.land(flows)).gaps(clock.today())
    except FilesError as error:
        common.stop_at(error.problems)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"the maps cannot be read: {error}") from None


def lines(told: Gaps) -> Iterator[str]:
    """What matters most, the largest gaps, and the tables, for a terminal."""
    yield from (told.day, "", *told.headlines, "")
    yield from (f"{at:>2}. {sentence}" for at, sentence in enumerate(told.largest, 1))
    for section in told.sections:
        yield from ("", section.title, *_table(section))


def _table(section: Section) -> Iterator[str]:
    """A table in columns as wide as their longest cell."""
    rows = [section.head, *((line.label, *line.cells) for line in section.lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()
    yield from (f"  {note}" for note in section.notes)


def as_csv(found: supply.Supply) -> str:
    """Every gap as CSV with a head; identifiers as in the flows."""
    text = io.StringIO()
    writer = tables.writer(text)
    writer.writerow(supply.COLUMNS)
    writer.writerows(supply.rows(found))
    return text.getvalue()


def _draw(told: Gaps, path: Path) -> None:
    try:
        if told.map is None:
            raise drawing.NotInstalledError
        svg = drawing.draw(told.map, "gaps")
        path.write_bytes(drawing.png(svg) if path.suffix == ".png" else svg.encode())
    except drawing.NotInstalledError:
        raise click.ClickException("to draw, run: pip install 'waypost[report]'") from None
    click.echo(f"wrote {path}", err=True)
