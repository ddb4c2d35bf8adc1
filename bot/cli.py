"""The command `waypost`: one group, a file a command in `bot/commands/`."""

from __future__ import annotations

from bot import quiet

quiet.hush()

import click  # noqa: E402  the logging policy comes before every library

from bot.commands.chat import chat  # noqa: E402
from bot.commands.check import check  # noqa: E402
from bot.commands.counts import counts  # noqa: E402
from bot.commands.demo_year import demo_year  # noqa: E402
from bot.commands.directory import directory  # noqa: E402
from bot.commands.disclose import disclose  # noqa: E402
from bot.commands.doctor import doctor  # noqa: E402
from bot.commands.gaps import gaps  # noqa: E402
from bot.commands.prove import prove  # noqa: E402
from bot.commands.release import release  # noqa: E402
from bot.commands.serve import serve  # noqa: E402
from bot.commands.settings import settings  # noqa: E402
from bot.commands.setup import setup  # noqa: E402
from bot.commands.test import test  # noqa: E402
from bot.commands.translate import translate  # noqa: E402


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
