"""`waypost demo-year`: a year of made-up conversations, to see the page and the report.

Rule: made-up counts go into a new database that is marked as a demonstration for good; a real one
is never touched.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import click

from bot import clock
from bot.commands import common
from bot.commands.counts import said
from bot.load import Program
from bot.usage import demo, forms, periods
from bot.usage.model import Release, StoreError
from bot.usage.release import Refusal, make
from bot.usage.store import Kept, Sqlite
from bot.usage.words import Words

NO_YEAR_BEFORE: Final = 0  # conversations: so quarters have totals, and the year its tables
LATER: Final = date(2100, 1, 1)  # every period of the year is over


@click.command("demo-year")
@click.option(
    "--conversations", type=click.IntRange(1, 1_000_000), default=3000, show_default=True,
    help="How many are made up.",
)  # fmt: skip
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The same seed, the same counts."
)
@click.option("--year", type=int, help="Which year. [the last that is over]")
@click.option(
    "--to", "path", type=click.Path(path_type=Path, dir_okay=False),
    default=Path("waypost-demo.db"), show_default=True, help="The new database.",
)  # fmt: skip
@common.folders
def demo_year(
    conversations: int,
    seed: int,
    year: int | None,
    path: Path,
    flows: Path | None,
    locales: Path | None,
) -> None:
    """Make up a year of conversations, in a database of their own that is marked DEMO."""
    words, program = said(flows), common.program(flows, locales)
    asked = _period(year if year is not None else clock.today().year - 1)
    if path.exists():
        raise click.ClickException(words.say("demo_year/exists", path=path))
    try:
        store = Sqlite(path, program.book.bits, demo=True)
        try:
            _talk(program, store, asked, conversations, seed, words)
            made = releases(program, store, asked)
        finally:
            store.close()
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    told = {"path": path, "year": asked.label, "count": f"{conversations:,}"}
    told["periods"] = ", ".join(each.period for each in made) or words.say("gaps/nothing")
    for key in ("done", "released", "look", "report"):
        click.echo(words.say(f"demo_year/{key}", **told))


def _talk(
    program: Program, store: Kept, year: periods.Period, many: int, seed: int, words: Words
) -> None:
    held = demo.year(program, store, year, many, seed)
    label = words.say("demo_year/label")
    with click.progressbar(held, length=many, label=label) as bar:
        for _ in bar:
            pass


def releases(program: Program, store: Kept, year: periods.Period) -> list[Release]:
    """Release each quarter that may be, then the year; what is refused is left to the year."""
    counts: dict[str, dict[tuple[str, str], int]] = {}
    for month, dimension, value, n in store.rows():
        counts.setdefault(month, {})[dimension, value] = n
    declared = {a.name: a.values for a in program.book.answers.values() if a.counted}
    made: list[Release] = []
    for period in (*year.quarters, year):
        found = make(period, counts, made, declared, NO_YEAR_BEFORE, today=LATER, demo=True)
        if not isinstance(found, Refusal):
            store.keep(found.period, forms.to_json(found))
            made.append(found)
    return made


def _period(year: int) -> periods.Period:
    try:
        return periods.parse(str(year))
    except ValueError as error:
        raise click.ClickException(str(error)) from None
