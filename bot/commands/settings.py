"""`waypost settings`: what may be set, and the files that say so."""

from __future__ import annotations

from pathlib import Path

import click

from bot import config


@click.command()
@click.option("--write", is_flag=True, help="write .env.example and docs/settings.md anew")
def settings(write: bool) -> None:
    """List every setting, with what it is when it is left out. Shows no value that is set."""
    if write:
        for path, text in files().items():
            path.write_text(text, encoding="utf-8")
            click.echo(f"wrote {path}")
        return
    for row in config.table():
        click.echo(f"{row.key}={row.default}")
        click.echo(click.style(f"    {row.help}{' (secret)' if row.secret else ''}", dim=True))


def files() -> dict[Path, str]:
    """The files that are made from the table."""
    return {Path(".env.example"): config.example(), Path("docs/settings.md"): config.page()}
