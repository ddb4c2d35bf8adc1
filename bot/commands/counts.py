"""`waypost counts`: how far the current period is, in the only form that may be told."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bot import clock
from bot.commands import common
from bot.source import FilesError
from bot.usage import datasette, periods, words
from bot.usage.model import THRESHOLD, TOTAL, StoreError
from bot.usage.release import allowed
from bot.usage.store import Kept, open_store


@click.command()
@click.option(
    "--datasette",
    "metadata",
    type=click.Path(path_type=Path, dir_okay=False),
    help="write what a Datasette should say and hide, as its --metadata file",
)
def counts(metadata: Path | None) -> None:
    """Tell how many conversations the current month or quarter has; fewer than 11: only that."""
    say = said()
    store = opened(say)
    try:
        if metadata is None:
            click.echo(so_far(store, say))
        else:
            _write(metadata, say)
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    finally:
        store.close()


def so_far(store: Kept, say: words.Words) -> str:
    """The total of the month in which we are, or of the quarter where no month may be told."""
    month = periods.month_of(clock.today())
    year = periods.parse(str(int(month[:4]) - 1))
    volume = store.counts(year.first, year.last).get(TOTAL, 0)
    period = periods.parse(month)
    if allowed(period, volume) is None:
        period = periods.quarter_of(month)
    n = store.counts(period.first, period.last).get(TOTAL, 0)
    key = "lines/so_far" if n >= THRESHOLD else "lines/so_far_fewer"
    told = [say.say(key, period=period.name, n=f"{n:,}", threshold=THRESHOLD)]
    told += [say.say("lines/demo")] if store.demo else []
    return "\n".join([*told, say.say("lines/so_far_note")])


def said(flows: Path | None = None) -> words.Words:
    """What the council reads, or an end with every problem of the file."""
    try:
        return words.load(flows or common.settings().flows)
    except FilesError as error:
        common.stop_at(error.problems)


def opened(say: words.Words) -> Kept:
    """The store of the settings, to read, or an end that says why not."""
    where = common.settings().counts_at
    if not where:
        raise click.ClickException(say.say("lines/off"))
    try:
        return open_store(where, make=False)
    except StoreError as error:
        raise click.ClickException(str(error)) from None


def _write(path: Path, say: words.Words) -> None:
    name = Path(common.settings().counts_at).stem
    text = json.dumps(datasette.metadata(name, say), ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    click.echo(f"wrote {path}")
