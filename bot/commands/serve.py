"""`waypost serve`: the web chat, and every other door that the settings open."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bot import config, quiet
from bot.commands import common
from bot.usage.model import StoreError

UNSAFE = 3  # exit code: it would not be safe to start


@click.command()
@click.option("--host", help="the address to listen on; 0.0.0.0: every one of this machine")
@click.option("--port", type=click.IntRange(0, 65535), help="the port; 0: any free one")
@click.option("--telegram-polling", is_flag=True, help="ask Telegram, without a public address")
@common.folders
def serve(
    host: str | None,
    port: int | None,
    telegram_polling: bool,
    flows: Path | None,
    locales: Path | None,
) -> None:
    """Answer people until Ctrl-C. Starts only where nothing would write down what they say."""
    settings = common.settings()
    _refuse_unsafe(settings)
    if telegram_polling and settings.telegram_token is None:
        raise click.ClickException("WAYPOST_TELEGRAM_TOKEN: is not set; BotFather gives it")
    program = common.program(flows, locales)
    quiet.no_dumps()

    from webhook import counting, server  # loaded only when somebody serves
    from webhook.app import create_app
    from webhook.house import build

    try:
        counts = counting.opened(settings, program)
    except StoreError as error:
        raise click.ClickException(f"{error}\nWAYPOST_COUNTS says where; off: none.") from None
    try:
        at = server.listen(host or settings.host, settings.port if port is None else port)
    except OSError as error:
        raise click.ClickException(f"cannot listen there: {error.strerror}") from None
    app = create_app(build(settings, program, counting=counts), polling=telegram_polling)
    click.echo(f"Waypost is at {server.url(at)}")
    if counts is not None:
        click.echo(counts.told)
    server.serve(app, at)


def _refuse_unsafe(settings: config.Settings) -> None:
    """End with every reason and exit code UNSAFE, if there is one."""
    reasons = quiet.unsafe(settings, os.environ)
    for reason in reasons:
        click.echo(reason, err=True)
    if reasons:
        click.echo(click.style("Nothing was started.", fg="red"), err=True)
        raise SystemExit(UNSAFE)
