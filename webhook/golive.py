"""Connecting the doors: what `waypost setup` would change at Twilio and Telegram, and changing it.

Rule 1: a plan first, as changes that can be read; nothing is sent before `Change.make` is called.
Rule 2: doing it twice changes nothing more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from bot.channels import sms
from bot.config import Settings
from bot.conversation import Conversation
from bot.doctor import key
from bot.load import Program
from bot.model import SOURCE, Branch, Language
from bot.seal import Seal
from webhook import introduction, twiml
from webhook.doctor import OVERRIDES
from webhook.house import build
from webhook.remote import Remote, RemoteError


class Change(NamedTuple):
    """One thing to change there: what, as a person reads it, and how."""

    what: str
    make: Callable[[], object]


class NotYetError(Exception):
    """Something must be done first; says what."""


# Twilio -----------------------------------------------------------------------------------


def twilio(settings: Settings, remote: Remote, fallback: str) -> Iterator[Change]:
    """What to change of the number. `fallback`: the address of the TwiML bin, "" to leave it.

    NotYetError: a setting, the number or the fallback is missing. RemoteError.
    """
    need(settings, ("public_url", "twilio_account_sid", "twilio_auth_token", "twilio_number"))
    number = remote.number()
    if number is None:
        what = f"{key('twilio_number')} is no number of this account; buy one in Twilio's console"
        raise NotYetError(what)
    if not fallback and not number.get("sms_fallback_url"):
        raise NotYetError(
            "make a TwiML bin of docs/deploy/twilio-fallback.xml in Twilio's console, and give "
            "its address: waypost setup twilio --fallback https://…"
        )
    for name, value, said in _wanted(settings, fallback):
        if (number.get(as_read(name)) or "") != value:
            make = partial(remote.set_number, str(number.get("sid")), {name: value})
            yield Change(f"{name} of the number becomes {said}", make)


def _wanted(settings: Settings, fallback: str) -> Iterator[tuple[str, str, str]]:
    """What Twilio should do with the number: a field, its value, and how that is told."""
    ours = f"{key('public_url')}/twilio{OVERRIDES}"
    yield "SmsUrl", f"{settings.public_url}/twilio{OVERRIDES}", ours
    yield "SmsMethod", "POST", "POST"
    yield "SmsApplicationSid", "", "empty: messages come here and not to an app"
    if fallback:
        yield "SmsFallbackUrl", fallback, "the TwiML bin"
        yield "SmsFallbackMethod", "POST", "POST"


def as_read(name: str) -> str:
    """A field as Twilio's answers name it: "SmsFallbackUrl" -> "sms_fallback_url"."""
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name).lstrip("_")


def fallback(program: Program) -> str:
    """The TwiML bin that answers while we cannot: the help line, in the languages of the hello.

    Nobody knows there which language a person speaks, and sixteen texts would be a flood.
    """
    conversation = Conversation(program, Seal())
    catalog, said = program.catalog, list[str]()
    for language in spoken_at_the_hello(program):
        said += sms.write(conversation.help(language).replies, catalog, language)
    return twiml.messages(said).decode() + "\n"


def spoken_at_the_hello(program: Program) -> tuple[Language, ...]:
    """English, and the languages that its hello offers by a digit."""
    book = program.book
    landing = book.steps[book.landing]
    here = (
        book.steps[landing.cases.get(SOURCE, landing.otherwise)]
        if isinstance(landing, Branch)
        else landing
    )
    sets = [dict(choice.sets) for choice in getattr(here, "choices", ())]
    offered = [Language(each["language"]) for each in sets if "language" in each]
    return tuple(dict.fromkeys((SOURCE, *offered)))


# Telegram ---------------------------------------------------------------------------------


def telegram(settings: Settings, program: Program) -> Change:
    """What to set of the bot, all at once. NotYetError: a setting is missing."""
    need(settings, ("public_url", "telegram_token"))
    languages = ", ".join(introduction.codes(program.catalog.languages))
    what = f"messages go to {key('public_url')}/telegram; menu and descriptions in {languages}"
    return Change(what, partial(_connect, settings, program))


def _connect(settings: Settings, program: Program) -> None:
    """RemoteError: Telegram did not take all of it."""
    if not asyncio.run(introduction.connect(build(settings, program))):
        raise RemoteError("unexpected")


def need(settings: Settings, names: tuple[str, ...]) -> None:
    """NotYetError: some settings are missing; says which."""
    lacking = [key(name) for name in names if not getattr(settings, name)]
    if lacking:
        raise NotYetError(f"set {', '.join(lacking)} first (docs/operate.md)")
