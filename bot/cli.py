"""The command `waypost`: one group, a file a command in `bot/commands/`."""

from __future__ import annotations

from bot import quiet

quiet.hush()

import click

from bot.commands.chat import chat
from bot.commands.check import check
from bot.commands.counts import counts
from bot.commands.demo_year import demo_year
from bot.commands.directory import directory
from bot.commands.disclose import disclose
from bot.commands.doctor import doctor
from bot.commands.gaps import gaps
from bot.commands.prove import prove
from bot.commands.release import release
from bot.commands.serve import serve
from bot.commands.settings import settings
from bot.commands.setup import setup
from bot.commands.test import test
from bot.commands.translate import translate


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="waypost")
def main() -> None:
    """Waypost: an anonymous referral bot for people who may be victims of trafficking."""


for command in (
    chat,
    check,
    counts,
    demo_year,
    directory,
    disclose,
    doctor,
    gaps,
    prove,
    release,
    serve,
    settings,
    setup,
    test,
    translate,
):
    main.add_command(command)
