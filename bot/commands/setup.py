"""`waypost setup`: connects Twilio and Telegram. Tells first, and changes only with --go.

Exit codes: 0 done, or told; 1 something must be done first, or they cannot be asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bot.commands import common

if TYPE_CHECKING:  # the doors are loaded only when they are connected
    from webhook.golive import Change

BY_HAND: Final = (  # what Twilio's REST API cannot do: (where in the console, what)
    ("Messaging > Regulatory compliance", "register for A2P 10DLC (docs/operate.md has samples)"),
    ("Messaging Service > Integration", "choose 'Defer to sender's webhook'"),
    ("Messaging Service > Integration", "validity period: 120 seconds"),
    (
        "Messaging Service > Opt-Out Management",
        "Advanced Opt-Out: HELP answers our help-line text",
    ),
    ("Messaging > Settings > General", "message redaction and retention: see docs/operate.md"),
)
_go = click.option("--go", is_flag=True, help="change it; without this it is only told")


@click.group()
def setup() -> None:
    """Connect Twilio or Telegram to this bot. See docs/operate.md for every step before."""


@setup.command()
@click.option(
    "--fallback", default="", help="address of the TwiML bin that answers when we cannot"
)
@_go
def twilio(fallback: str, go: bool) -> None:
    """Send the messages of the number here, and to the fallback when we cannot answer."""
    settings = common.settings()

    from webhook import golive
    from webhook.remote import Remote, RemoteError

    if fallback and not fallback.startswith("https://"):
        raise click.BadParameter("must begin with https://", param_hint="--fallback")
    try:
        _make(list(golive.twilio(settings, Remote(settings), fallback)), go)
    except (golive.NotYetError, RemoteError) as error:
        raise click.ClickException(_said("Twilio", str(error))) from None
    click.echo("\nBy hand, in Twilio's console:")
    for where, what in BY_HAND:
        click.echo(f"  {where}: {what}")


@setup.command()
@_go
@common.folders
def telegram(go: bool, flows: Path | None, locales: Path | None) -> None:
    """Send the bot's messages here, and give it its menu and descriptions."""
    settings = common.settings()
    program = common.program(flows, locales)

    from webhook import golive
    from webhook.remote import RemoteError

    try:
        _make([golive.telegram(settings, program)], go)
    except (golive.NotYetError, RemoteError) as error:
        raise click.ClickException(_said("Telegram", str(error))) from None


@setup.command()
@common.folders
def fallback(flows: Path | None, locales: Path | None) -> None:
    """Print the TwiML bin that answers texts while this bot cannot: the help line."""
    program = common.program(flows, locales)

    from webhook import golive

    click.echo(golive.fallback(program), nl=False)


def _make(changes: Iterable[Change], go: bool) -> None:
    """Tell every change, and with `go` make it."""
    changes = list(changes)
    for change in changes:
        if go:
            change.make()
        click.echo(f"{'done' if go else 'would change'}: {change.what}")
    if not changes:
        click.echo("nothing to change")
    elif not go:
        click.echo("Nothing was changed. Add --go to do it.")


def _said(who: str, why: str) -> str:
    """A reason in words; `RemoteError` is a single word."""
    words = {
        "unreachable": f"{who} cannot be reached",
        "refused": f"{who} refuses our credentials",
    }
    return words.get(why, f"{who} answers what nobody expects" if why == "unexpected" else why)
