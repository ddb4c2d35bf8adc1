"""`waypost check`: everything a machine can tell about flows, directory and catalogs.

Exit codes: 0 all is well, 2 there is a problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from bot import po, reading, review, texts
from bot.commands import common
from bot.load import Program
from bot.model import SOURCE, Language, Text, TextId
from bot.reading import Level
from bot.source import Problem, Spot

NOT_IN_TALK = ("always/share/", "always/sms_letters")  # for helpers; no sentences


@click.command()
@click.option("--reading", "show", is_flag=True, help="Show how each language reads.")
@common.folders
def check(show: bool, flows: Path | None, locales: Path | None) -> None:
    """Read flows, directory and catalogs, and list every problem with its file and line."""
    program = common.program(flows, locales)
    levels = [_level(program, language) for language in program.catalog.languages]
    if show:
        click.echo("\n".join(map(_line, levels)))
    problems = [*_heavy(levels), *_long(program, locales or common.settings().locales)]
    if problems:
        common.stop_at(sorted(set(problems)))
    book = program.book
    languages = ", ".join(program.catalog.languages)
    click.echo(
        f"ok: {len(book.steps)} steps, {len(book.sources)} texts, languages {languages}, "
        f"{len(book.directory.services)} services, {len(book.directory.towns)} towns and parts"
    )


def _shown(program: Program) -> list[TextId]:
    """The texts that people read in a conversation."""
    wanted = review.wanted(program.book.sources)
    return [id for id in wanted if not review.heard(id) and not id.startswith(NOT_IN_TALK)]


def _level(program: Program, language: Language) -> Level:
    said = [program.catalog.say(Text(id), language) for id in _shown(program)]
    return reading.level(language, said)


def _heavy(levels: list[Level]) -> Iterator[Problem]:
    for each in levels:
        if not each.kept:
            what = f"{each.language} reads too hard: {each.value:.1f} by {each.method}"
            wanted = f"the limit is {each.most:g}; shorten sentences, take shorter words"
            yield Problem(Spot(f"{each.language}", 1), f"{what}, {wanted}")


def _long(program: Program, locales: Path) -> Iterator[Problem]:
    """Sentences that are too long, where their author or translator wrote them."""
    shown = set(_shown(program))
    for id in shown:
        source = program.book.sources[id]
        for what in reading.too_long(source.said, SOURCE):
            yield Problem(Spot(source.file, source.line), what)
    for language, path in texts.catalogs(locales, []):
        file = po.read(path, texts.named(path, locales), [])
        for entry in file.entries if file is not None else ():
            for what in reading.too_long(entry.said, language) if entry.id in shown else ():
                yield Problem(Spot(texts.named(path, locales), entry.line), what)


def _line(level: Level) -> str:
    wanted = f"{level.method}, limit {level.most:g}"
    sentence = f"{level.sentence:.1f} a sentence"
    return f"{level.language:8} {level.value:5.1f}  {wanted:38} {sentence}"
