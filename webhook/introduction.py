"""What Telegram shows of the bot before anybody writes: its commands and two lines about it.

Said once, when the bot is set up or starts to serve; a failure is no reason not to answer people.
Rule: neutral, in every language that Telegram has a code for. The bot's name is its owner's
choice, made with BotFather.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from telegram import BotCommand

from bot.model import SOURCE, Language, Text, TextId
from webhook.courier import Courier, tried
from webhook.house import House
from webhook.telegram import PATH, courier, secret

COMMANDS: Final = {
    "start": Text(TextId("always/telegram/start")),
    "help": Text(TextId("always/telegram/command_help")),
    "language": Text(TextId("always/telegram/command_language")),
    "stop": Text(TextId("always/telegram/command_stop")),
}
ABOUT: Final = Text(TextId("always/telegram/about"))
SHORT_ABOUT: Final = Text(TextId("always/telegram/short_about"))
CODE_LETTERS: Final = 2  # Telegram knows ISO 639-1 only


async def connect(house: House) -> bool:
    """Have Telegram send updates to this server, and introduce the bot. Whether all was done."""
    token, url = house.settings.telegram_token, house.settings.public_url
    if token is None or not url:
        return False
    own = courier(house)
    try:
        listening = await own.listen(f"{url}{PATH}", secret(token.get_secret_value()))
        return await introduce(house, own) and listening
    finally:
        await own.close()


async def at_start(house: House) -> None:
    """Introduce the bot while the doors are open already; out of reach, it stays as it was."""
    own = courier(house)
    try:
        await introduce(house, own)
    finally:
        await own.close()


async def introduce(house: House, by: Courier) -> bool:
    """Set the commands and descriptions in every language, until one fails. Whether all is done.

    What fails once, mostly because Telegram is out of reach, would fail and be told each time.
    """
    for language, code in codes(house.program.catalog.languages).items():
        if not await _in_language(house, by, language, code):
            return False
    return True


def codes(languages: tuple[Language, ...]) -> dict[Language, str]:
    """The languages Telegram has a code for, and that; "" for whoever has another."""
    found = {SOURCE: ""}
    for language in languages:
        code = language.partition("_")[0]
        if len(code) == CODE_LETTERS and code not in (SOURCE, *found.values()):
            found[language] = code
    return found


async def _in_language(house: House, by: Courier, language: Language, code: str) -> bool:
    catalog, bot = house.program.catalog, by.bot
    commands = [BotCommand(name, catalog.say(text, language)) for name, text in COMMANDS.items()]
    about, short = catalog.say(ABOUT, language), catalog.say(SHORT_ABOUT, language)
    calls = (
        partial(bot.set_my_commands, commands, language_code=code or None),
        partial(bot.set_my_description, about, code or None),
        partial(bot.set_my_short_description, short, code or None),
    )
    for call in calls:
        if not await tried(call):
            return False
    return True
