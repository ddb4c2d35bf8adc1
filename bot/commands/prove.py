"""`waypost prove`: the promises about the flows, and how each broken one can be seen.

Exit codes: 0 every promise is kept, 1 one is broken, 2 the files have problems.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import click

from bot import transcript
from bot.commands import common
from bot.findings import CONTACT_WITHIN, Break, Gap, Steps, answer
from bot.load import Program
from bot.model import SOURCE, Language, State
from bot.prove import Report
from bot.prove import prove as proven

KEPT, NOT_KEPT = 0, 1  # exit codes
TOLD_MOST: Final = 5  # breaks of one promise
PROMISES: Final = {
    1: "0 shows the help line, and the conversation goes on",
    2: "9 leaves in one message",
    3: f"menus alone show a contact within {CONTACT_WITHIN} messages",
    4: "every step and choice is reached, none walks for ever",
    5: "every need, age, town and language is referred",
    6: "unclear words, 8 and danger lead to help",
    7: "all is said in every language, and fits into texts",
    8: "nothing gives the subject away before it is safe",
}


@click.command()
@click.option("--gaps", is_flag=True, help="List who finds nothing better than the help line.")
@click.option("--language", "only", multiple=True, help="Walk only in this language, as es.")
@click.option("--jobs", default=os.cpu_count() or 1, help="Languages walked at a time.")
@click.option("--json", "as_json", is_flag=True, help="For programs: stable keys.")
@common.folders
def prove(
    gaps: bool,
    only: tuple[str, ...],
    jobs: int,
    as_json: bool,
    flows: Path | None,
    locales: Path | None,
) -> None:
    """Walk every conversation there can be, and prove what is promised about them.

    A place that is asked back may take one message more than the others.
    """
    program = common.program(flows, locales)
    for each in set(only) - {*program.catalog.languages}:
        known = ", ".join(program.catalog.languages)
        raise click.BadParameter(f"there is no catalog for '{each}'; there is {known}")
    report = proven(program, map(Language, only), jobs=max(1, jobs))
    if as_json:
        click.echo(json.dumps(plain(program, report), ensure_ascii=False, indent=2))
    else:
        for line in (*table(report), *told(program, report)):
            click.echo(line)
        for line in gap_lines(report.gaps) if gaps else ():
            click.echo(line)
    raise SystemExit(NOT_KEPT if report.breaks else KEPT)


def table(report: Report) -> Iterator[str]:
    """A line for each promise: what was looked at, and whether it is kept."""
    width = max(map(len, PROMISES.values()))
    for number, promise in PROMISES.items():
        walked = ", ".join(f"{count:,} {what}" for what, count in report.walked[number].items())
        broken = len(found(report, number))
        kept = f"BROKEN ({broken})" if broken else "ok" if walked else "not looked at"
        yield f"{number} {promise:{width}}  {kept:13}  {walked}".rstrip()
    languages = ", ".join(report.languages)
    yield f"{report.states:,} states, {report.messages:,} messages, in {languages}"
    towns = sum(gap.towns for gap in report.gaps)
    yield f"supply gaps: {len(report.gaps)} groups, {towns:,} combinations (--gaps lists them)"


def told(program: Program, report: Report) -> Iterator[str]:
    """Every break with the conversation that shows it; of one promise the first few."""
    for number in PROMISES:
        broken = found(report, number)
        for each in broken[:TOLD_MOST]:
            times = f" (found {each.times:,} times)" if each.times > 1 else ""
            yield f"\n{each.spot}: {each.what}{times}"
            yield talk(program, each).rstrip()
        if len(broken) > TOLD_MOST:
            yield f"\n… and {len(broken) - TOLD_MOST} more breaks of promise {number}"


def found(report: Report, promise: int) -> list[Break]:
    """The breaks of one promise."""
    return [each for each in report.breaks if each.promise == promise]


def talk(program: Program, broken: Break) -> str:
    """The conversation of a break, in the language that the flows are written in."""
    book = replace(program.book, steps=Steps(program.book.steps))
    state: State | None = None
    turns: list[str] = []
    for message in broken.messages:
        try:
            outcome = answer(book, state, message, broken.language)
            english = outcome._replace(language=SOURCE)
            turns.append(transcript.turn(program, message, english, "sms"))
        except Exception:  # that is the break
            turns.append(f"{transcript.THEY} {message}\n")
            break
        state = outcome.state
    return "\n".join(turns)


def gap_lines(gaps: tuple[Gap, ...]) -> Iterator[str]:
    """A line for each group that finds nothing better than the help line."""
    for gap in gaps:
        towns = "1 town" if gap.towns == 1 else f"{gap.towns} towns"
        yield f"gap: {gap.need}, {gap.age}, {gap.language}, {gap.region}: {towns}"


def plain(program: Program, report: Report) -> dict[str, Any]:
    """The report with stable keys."""
    promises = [
        {
            "number": number,
            "promise": promise,
            "kept": not found(report, number),
            "walked": dict(report.walked[number]),
            "breaks": [
                {
                    "file": each.spot.file,
                    "line": each.spot.line,
                    "what": each.what,
                    "times": each.times,
                    "language": each.language,
                    "messages": each.messages,
                    "conversation": talk(program, each),
                }
                for each in found(report, number)
            ],
        }
        for number, promise in PROMISES.items()
    ]
    return {
        "languages": report.languages,
        "states": report.states,
        "messages": report.messages,
        "promises": promises,
        "gaps": [asdict(gap) for gap in report.gaps],
    }
