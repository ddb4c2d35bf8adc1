"""`waypost check`: everything a machine can tell about flows, directory and catalogs."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands import common


@click.command()
@common.folders
def check(flows: Path | None, locales: Path | None) -> None:
    """Read flows, directory and catalogs, and list every problem with its file and line."""
    program = common.program(flows, locales)
    book = program.book
    languages = ", ".join(program.catalog.languages)
    click.echo(
        f"ok: {len(book.steps)} steps, {len(book.sources)} texts, languages {languages}, "
        f"{len(book.directory.services)} services, {len(book.directory.towns)} towns and parts"
    )
