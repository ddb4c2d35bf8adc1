"""`waypost disclose`: all that the system holds about anybody. It is the counter table."""

from __future__ import annotations

import click

from bot.commands.counts import opened, said
from bot.usage.model import StoreError
from bot.usage.store import Kept
from bot.usage.words import Words


@click.command()
def disclose() -> None:
    """Print all that is held about anybody: every counter, every release, and nothing else."""
    say = said()
    store = opened(say)
    try:
        click.echo(everything(store, say))
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    finally:
        store.close()


def everything(store: Kept, say: Words) -> str:
    """The whole store as text: a line a counter, then a line a release."""
    rows, releases = store.rows(), store.releases()
    told = [say.say("lines/disclose"), ""]
    told += [say.say("lines/demo")] if store.demo else []
    told += [" | ".join(map(str, row)) for row in (("month", "fact", "value", "n"), *rows)]
    told += [] if rows else [say.say("lines/disclose_none")]
    told += ["", say.say("lines/disclose_releases", count=len(releases)), *releases]
    return "\n".join([*told, "", say.say("lines/disclose_memory")])
