"""What is still wrong with this installation, as far as this machine knows. Nothing is changed.

Rule 1: a finding names keys, never values: it may be pasted into a letter to somebody who helps.
Rule 2: each says what is wrong and what to do, to an operator who has not read the program.
Rule 3: `TO_DO` can wait and people are answered meanwhile; `BROKEN` means that somebody is not
answered, or not safely.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

from bot import listing, po, quiet, texts
from bot.config import PREFIX, Settings
from bot.load import Program
from bot.review import STATUS
from bot.source import Problem

OLDEST_PYTHON: Final = (3, 11)
REVIEWED: Final = "reviewed "  # how the status of a catalog begins that somebody has read


class Grade(Enum):
    """How bad a finding is."""

    OK = "ok"
    TO_DO = "to do"
    BROKEN = "broken"


class Finding(NamedTuple):
    """One thing that was looked at: how it is, where it belongs, and what to do."""

    grade: Grade
    about: str
    what: str


class Machine(NamedTuple):
    """What the machine may do with our memory. None: not known here."""

    python: tuple[int, int]
    root: bool
    swap: bool | None
    dumps: bool | None


def here(
    settings: Settings,
    program: Program,
    environment: Mapping[str, str],
    *,
    locales: Path,
    today: date,
    machine: Machine,
) -> Iterator[Finding]:
    """Everything that can be told without a network."""
    yield from _doors(settings)
    yield from _safety(settings, environment)
    yield from _machine(machine)
    yield from _languages(locales)
    yield from _directory(program, today)


def key(name: str) -> str:
    """A setting as it is written in the environment."""
    return f"{PREFIX}{name}".upper()


# Settings ---------------------------------------------------------------------------------


def _doors(settings: Settings) -> Iterator[Finding]:
    if settings.public_url:
        yield Finding(Grade.OK, "web", f"{key('public_url')} is set")
    else:
        what = f"only this machine can open the chat; set {key('public_url')}"
        yield Finding(Grade.TO_DO, "web", what)
    twilio = ("twilio_account_sid", "twilio_auth_token", "twilio_number")
    yield _door(settings, "twilio", twilio, "text")
    yield _door(settings, "telegram", ("telegram_token", "telegram_name"), "write on Telegram")


def _door(settings: Settings, about: str, names: tuple[str, ...], verb: str) -> Finding:
    """All of a door's settings, none of them, or a door half open."""
    lacking = [key(name) for name in names if not getattr(settings, name)]
    if len(lacking) == len(names):
        return Finding(Grade.TO_DO, about, f"nobody can {verb} yet; set {', '.join(lacking)}")
    if not settings.public_url:
        lacking.insert(0, key("public_url"))
    if lacking:
        what = f"set {', '.join(lacking)} as well, or unset the others"
        return Finding(Grade.BROKEN, about, what)
    return Finding(Grade.OK, about, "every setting is there")


def _safety(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    reasons = quiet.unsafe(settings, environment)
    for reason in reasons:
        yield Finding(Grade.BROKEN, "safety", reason)
    if not reasons:
        yield Finding(Grade.OK, "safety", "nothing writes down what people say")


# The machine ------------------------------------------------------------------------------


def machine() -> Machine:
    """This machine. Linux tells everything; elsewhere some of it is not known."""
    version = (sys.version_info.major, sys.version_info.minor)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return Machine(version, root, _swaps(Path("/proc/swaps")), _dumps())


def _swaps(path: Path) -> bool | None:
    """Whether memory may be written to a disk: a line of headings, and one for each place."""
    try:
        return len(path.read_text(encoding="ascii").splitlines()) > 1
    except (OSError, UnicodeDecodeError):
        return None


def _dumps() -> bool | None:
    try:
        import resource  # not on Windows
    except ImportError:
        return None
    return resource.getrlimit(resource.RLIMIT_CORE)[0] != 0


def _machine(found: Machine) -> Iterator[Finding]:
    if found.python < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        yield Finding(Grade.BROKEN, "machine", f"this Python is too old; use {wanted} or newer")
    if found.root:
        what = "this is root; run the bot as a user of its own (docs/deploy/waypost.service)"
        yield Finding(Grade.TO_DO, "machine", what)
    if found.swap:
        what = (
            "memory may be swapped to a disk; switch swap off, or see MemorySwapMax=0 in the unit"
        )
        yield Finding(Grade.TO_DO, "machine", what)
    if found.dumps:
        what = "a crash may write memory to a disk; set LimitCORE=0 (`waypost serve` asks for it)"
        yield Finding(Grade.TO_DO, "machine", what)
    if None in found:
        what = "this system does not tell whether it writes memory to a disk; look yourself"
        yield Finding(Grade.TO_DO, "machine", what)
    if not (found.root or found.swap or found.dumps or None in found):
        yield Finding(Grade.OK, "machine", "memory is not written to a disk")


# What people are told ---------------------------------------------------------------------


def _languages(locales: Path) -> Iterator[Finding]:
    problems: list[Problem] = []
    for language, path in texts.catalogs(locales, problems):
        file = po.read(path, texts.named(path, locales), problems)
        status = dict(file.header).get(STATUS, "") if file is not None else ""
        if status.startswith(REVIEWED):
            yield Finding(Grade.OK, "languages", f"{language} was read by a native speaker")
        else:
            what = f"{language} is a draft; have a native speaker read it (locales/README.md)"
            yield Finding(Grade.TO_DO, "languages", what)
    for problem in problems:
        yield Finding(Grade.BROKEN, "languages", str(problem))


def _directory(program: Program, today: date) -> Iterator[Finding]:
    book = program.book
    services, how = book.directory.services, "call it, then `waypost directory verify"
    if not services[book.help_line].verified:
        what = f"nobody has called the help line to check it; {how} {book.help_line}`"
        yield Finding(Grade.TO_DO, "directory", what)
    never = [id for id, service in services.items() if not service.verified]
    if never:
        what = f"{len(never)} of {len(services)} services were never verified; {how} ID`"
        yield Finding(Grade.TO_DO, "directory", what)
    else:
        yield Finding(Grade.OK, "directory", "every service was verified")
    weak = listing.care(book.directory, today).weak
    if weak:
        what = f"{len(weak)} facts are so old that they count for less; `waypost directory check`"
        yield Finding(Grade.TO_DO, "directory", what)
