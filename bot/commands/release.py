"""`waypost release`: publish the counts of a period that is over, for good, in every form.

Rule: this file reads options, opens the store and prints. What may be published is decided in
`bot.usage.release`, how it looks as a file in `bot.usage.forms`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from bot import clock
from bot.commands import common
from bot.commands.counts import opened, said
from bot.load import languages, load_flows
from bot.source import Problem
from bot.usage import cells, forms, periods
from bot.usage.audit import AuditError
from bot.usage.model import TOTAL, Release, StoreError
from bot.usage.release import Refusal, make
from bot.usage.store import Kept
from bot.usage.words import Words

SMALL = "-"  # printed where a total is too small to be told


@dataclass(frozen=True, slots=True)
class Files:
    """Where the forms of a release go; None: not asked for."""

    as_json: bool
    csv: Path | None
    folder: Path | None
    report: Path | None = None

    @property
    def any(self) -> bool:
        return self.as_json or any((self.csv, self.folder, self.report))


@click.command()
@click.argument("period")
@click.option("--dry-run", is_flag=True, help="Show what would be published; publish nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the release as it is kept.")
@click.option(
    "--csv",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write one file with every number, a row each.",
)
@click.option(
    "--csv-folder",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write one file a table into this folder.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the report for the council, as .html or .pdf.",
)
def release(
    period: str,
    dry_run: bool,
    as_json: bool,
    csv: Path | None,
    folder: Path | None,
    report: Path | None,
) -> None:
    """Publish a PERIOD that is over, for good: 2026, 2026-Q3 or 2026-07.

    A period that was published before is not published again: with --json, --csv, --csv-folder or
    --report it is written out as it was published.
    """
    files = Files(as_json, csv, folder, report)
    if dry_run and (csv or folder or report):
        raise click.UsageError("--dry-run writes no file; leave it out, or print with --json")
    say = said()
    asked = _period(period)
    store = opened(say)
    try:
        known = [forms.from_json(document) for document in store.releases()]
        old = [each for each in known if each.period == asked.label]
        made = old[0] if old and files.any else _made(store, asked, known, say)
        if not dry_run and made not in known:
            store.keep(made.period, forms.to_json(made))
            known.append(made)
    except (StoreError, AuditError, forms.FormatError) as error:
        raise click.ClickException(f"{error}") from None
    finally:
        store.close()
    state = "made_before" if old else "dry_run" if dry_run else "made"
    click.echo(say.say(f"release/{state}", period=asked.name), err=True)
    write_forms(made, known, files, say)


def write_forms(
    made: Release,
    known: Sequence[Release],
    files: Files,
    say: Words,
) -> None:
    """Every form that was asked for, from one release; `known` are all there are, this one too.

    The place where a further form is added.
    """
    label = labels(say)
    if files.as_json:
        click.echo(forms.to_json(made), nl=False)
    else:
        click.echo(shown(made, say))
    try:
        if files.csv:
            _write(files.csv, forms.to_csv([made], label))
        if files.folder:
            files.folder.mkdir(parents=True, exist_ok=True)
            for name, text in forms.to_csv_files(made, label).items():
                _write(files.folder / name, text)
        if files.report:
            _report(files.report, made, known, say)
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None


def _report(path: Path, made: Release, known: Sequence[Release], say: Words) -> None:
    from bot.usage import report  # loaded only when somebody asks for one

    settings = common.settings()
    program = common.program(settings.flows, settings.locales)
    try:
        found = report.matter(program, say, settings.flows, clock.today())
        report.write(known, path, made.period, found)
    except (report.ReportError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(say.say("report/wrote", path=path), err=True)


def shown(made: Release, say: Words) -> str:
    """The release as a terminal shows it: each table, and the notes that belong to it."""
    label = labels(say)
    lines = [f"{_name(made.period)}: {_n(made.total)}" + f" ({forms.DEMO})" * made.demo]
    lines += [say.say(f"notes/{key}") for key in made.notes]
    if made.left_out:
        lines.append(say.say("release/left_out", parts=", ".join(map(_name, made.left_out))))
    for table in made.tables:
        lines += ["", label(table.dimension, "")]
        for row in table.rows:
            share = forms.share(row.n, made.total)
            name = forms.row_label(table, row.value, label)
            lines.append(f"  {name:<45} {row.n:>9,} {share:>6}%")
        lines += [f"  {say.say(f'notes/{key}')}" for key in table.notes]
        values = ", ".join(label(table.dimension, value) for value in table.within)
        lines += [f"  {say.say('release/without_row', values=values)}"] if values else []
    return "\n".join(lines)


def labels(say: Words) -> forms.Label:
    """How a reader sees a value, or with none a dimension, in the words of flows/usage.yaml."""

    def label(dimension: str, value: str) -> str:
        if (dimension, value) == TOTAL:
            return say.say("release/total")
        title = f"dimensions/{dimension}/title"
        keys = (
            (f"dimensions/{dimension}/values/{value}", f"special/{value}") if value else (title,)
        )
        found = [say.say(key) for key in keys if say.has(key)]
        return found[0] if found else forms.plain_label(dimension, value or dimension)

    return label


def _made(store: Kept, asked: periods.Period, known: Sequence[Release], say: Words) -> Release:
    """The new release, or an end that says why there is none."""
    counts: dict[str, dict[tuple[str, str], int]] = {}
    for month, dimension, value, n in store.rows():
        counts.setdefault(month, {})[dimension, value] = n
    before = periods.parse(str(int(asked.label[:4]) - 1))
    volume = sum(cells.total(counts.get(month, {})) for month in before.months)
    made = make(asked, counts, known, _declared(), volume, today=clock.today(), demo=store.demo)
    if isinstance(made, Refusal):
        raise click.ClickException(say.say(f"refusals/{made.key}", **made.args))
    return made


def _declared() -> dict[str, tuple[str, ...]]:
    """The counted dimensions and their values, or an end with every problem of the flows."""
    read, problems = common.settings(), list[Problem]()
    answers = load_flows(read.flows, problems, languages(read.locales)).answers.values()
    if problems:
        common.stop_at(problems)
    return {answer.name: answer.values for answer in answers if answer.counted}


def _period(text: str) -> periods.Period:
    try:
        return periods.parse(text)
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def _name(label: str) -> str:
    return periods.parse(label).name


def _n(total: int | None) -> str:
    return SMALL if total is None else f"{total:,}"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")
    click.echo(f"wrote {path}", err=True)
