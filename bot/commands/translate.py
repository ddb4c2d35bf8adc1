"""`waypost translate`: the texts for translators, and what each language still lacks.

Exit codes: 0 everything is translated; 1 something is not; 2 a file cannot be used.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from bot import clock, po, sheets, texts
from bot.channels import web
from bot.load import load_flows
from bot.model import SOURCE, Language, Source, TextId
from bot.review import STATUS
from bot.source import Problem, Spot
from bot.translate import CATALOG, TEMPLATE, Gaps, fresh, gaps_of, table, template, updated

FLOWS: Final = Path("flows")
LOCALES: Final = Path("locales")
INCOMPLETE: Final = 1
BROKEN: Final = 2
_FOLDER = click.Path(file_okay=False, path_type=Path)

Sources = Mapping[TextId, Source]


class Folders(NamedTuple):
    """Where the texts and their translations are."""

    flows: Path
    locales: Path


@click.group(invoke_without_command=True)
@click.option("--flows", type=_FOLDER, help="The folder of the flows. [flows]")
@click.option("--locales", type=_FOLDER, default=LOCALES, show_default=True)
@click.pass_context
def translate(ctx: click.Context, flows: Path | None, locales: Path) -> None:
    """The texts for translators: list them, bring translations up to date, show gaps."""
    given = ctx.obj if isinstance(ctx.obj, Path) else FLOWS
    ctx.obj = Folders(flows or given, locales)
    if ctx.invoked_subcommand is None:
        ctx.invoke(gaps)


@translate.command()
@click.pass_obj
def extract(folders: Folders) -> None:
    """Write the list of texts to translate (waypost.pot)."""
    _write_template(folders.locales, _sources(folders.flows))


@translate.command()
@click.option("--language", help="Only this language; a new one is begun, as a draft.")
@click.pass_obj
def update(folders: Folders, language: str | None) -> None:
    """Bring the translations up to date with the flows. What is translated is kept."""
    if language is not None and (language == SOURCE or not texts.known(language)):
        what = f"'{language}' is not the tag of a language to translate to"
        raise click.BadParameter(f"{what}; use one like es, ht or pt_BR")
    sources = _sources(folders.flows)
    _write_template(folders.locales, sources)
    problems: list[Problem] = []
    for tag, path in _catalogs(folders.locales, language, problems):
        file: po.PoFile | None = fresh(tag)
        if path.exists():
            file = po.read(path, texts.named(path, folders.locales), problems)
        if file is not None:
            _save(path, po.write(updated(file, sources)))
    _stop_at(problems)


@translate.command()
@click.option("--language", help="Only this language.")
@click.option("--list", "listed", is_flag=True, help="Every text that lacks something.")
@click.option("--json", "as_json", is_flag=True, help="For programs: stable keys.")
@click.pass_obj
def gaps(folders: Folders, language: str | None, listed: bool, as_json: bool) -> None:
    """Show what each language still lacks; exit 1 if anything."""
    found = _gaps(folders, language)
    if as_json:
        click.echo(json.dumps(list(map(_plain, found)), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(table(found)))
        for line in [line for each in found for line in _list(each) if listed]:
            click.echo(line)
    if not all(each.complete for each in found):
        raise SystemExit(INCOMPLETE)


@translate.command()
@click.argument("language")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.pass_obj
def sheet(folders: Folders, language: str, out: Path) -> None:
    """Write a sheet for a native speaker: OUT ends in .html to print, in .csv to fill in."""
    file, path = _catalog(folders, language)
    problems: list[Problem] = []
    beside = folders.locales / language / sheets.BACK
    back = (
        po.read(beside, texts.named(beside, folders.locales), problems)
        if beside.exists()
        else None
    )
    _stop_at(problems)
    found = sheets.rows(file, _sources(folders.flows), back)
    if out.suffix == ".csv":
        text = sheets.to_csv(found)
    elif out.suffix == ".html":
        status = dict(file.header).get(STATUS, "")
        tag = Language(language)
        text = sheets.to_html(found, tag, status, web.tag(tag), web.direction(tag))
    else:
        raise click.BadParameter("OUT ends in .html, to print, or in .csv, to fill in")
    out.write_text(text, encoding="utf-8", newline="")
    back_made = sum(bool(row.back) for row in found)
    click.echo(f"{out}: {len(found)} texts of {path}, {back_made} with a back-translation")


@translate.command()
@click.argument("language")
@click.argument("filled", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reviewer", help="A name that may be public: this person has read every text.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="When; today if left out.")
@click.pass_obj
def take(
    folders: Folders, language: str, filled: Path, reviewer: str | None, day: datetime | None
) -> None:
    """Read a filled-in .csv sheet back into the catalog; with a flaw in it, nothing is taken."""
    file, path = _catalog(folders, language)
    wrong: list[Problem] = []
    try:
        text = filled.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        text = ""
        wrong.append(Problem(Spot(filled.name, 1), "this is not UTF-8; save it as CSV in UTF-8"))
    rows = sheets.read(text, filled.name, wrong) if text else []
    tag, sources = Language(language), _sources(folders.flows)
    new = sheets.applied(file, rows, filled.name, tag, sources, wrong)
    if reviewer:
        wrong.extend(_unread(sheets.unread(sheets.rows(file, sources, None), text), filled.name))
    _stop_at(wrong)
    if reviewer:
        new = sheets.reviewed(new, reviewer, (day.date() if day else clock.today()).isoformat())
    _save(path, po.write(updated(new, sources)))
    better = sum(bool(each.better) for each in rows)
    comments = sum(bool(each.comment) for each in rows)
    click.echo(f"{better} better texts and {comments} comments taken")


def _unread(ids: list[TextId], name: str) -> list[Problem]:
    what = "'{}' is not in this sheet as it is now; make a new one, or leave out --reviewer"
    return [Problem(Spot(name, 1), what.format(id)) for id in ids]


def _catalog(folders: Folders, language: str) -> tuple[po.PoFile, Path]:
    """A catalog that is there and can be read."""
    problems: list[Problem] = []
    found = dict(texts.catalogs(folders.locales, problems))
    path = found.get(Language(language))
    if path is None:
        raise click.BadParameter(f"there is no '{language}'; there is {', '.join(found)}")
    file = po.read(path, texts.named(path, folders.locales), problems)
    if file is None:
        _stop_at(problems)
        raise SystemExit(BROKEN)
    return file, path


def _sources(flows: Path) -> Sources:
    """The English texts of a folder of flows, which must have no problem."""
    problems: list[Problem] = []
    sources = load_flows(flows, problems).sources
    _stop_at(problems)
    return sources


def _stop_at(problems: list[Problem]) -> None:
    for problem in sorted(set(problems)):
        click.echo(str(problem), err=True)
    if problems:
        raise SystemExit(BROKEN)


def _gaps(folders: Folders, only: str | None) -> list[Gaps]:
    sources = _sources(folders.flows)
    problems: list[Problem] = []
    found = []
    for language, path in texts.catalogs(folders.locales, problems):
        if only in (None, language):
            file = po.read(path, texts.named(path, folders.locales), problems)
            if file is not None:
                found.append(gaps_of(file, language, sources))
    _stop_at(problems)
    if only is not None and not found:
        raise click.BadParameter(f"there is no '{only}' yet; begin it with 'update --language'")
    return found


def _catalogs(
    locales: Path, only: str | None, problems: list[Problem]
) -> list[tuple[Language, Path]]:
    """The catalogs to bring up to date; one that is asked for need not be there yet."""
    if only is None:
        return texts.catalogs(locales, problems)
    return [(Language(only), locales / only / CATALOG)]


def _write_template(locales: Path, sources: Sources) -> None:
    _save(locales / TEMPLATE, po.write(template(sources)))


def _save(path: Path, text: str) -> None:
    """All of a file or nothing of it: a translator's week is not lost to a full disk."""
    new = text.encode()
    if path.exists() and path.read_bytes() == new:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(new)
    os.replace(beside, path)
    click.echo(f"written: {path}")


def _list(gaps: Gaps) -> list[str]:
    return [f"{flaw.spot}: {flaw.id or '-'}: {flaw.what}" for flaw in gaps.flaws]


def _plain(gaps: Gaps) -> dict[str, Any]:
    flaws = [
        {
            "file": flaw.spot.file,
            "line": flaw.spot.line,
            "kind": flaw.kind,
            "id": flaw.id,
            "english": flaw.english,
            "what": flaw.what,
        }
        for flaw in gaps.flaws
    ]
    return {
        "language": gaps.language,
        "status": gaps.status,
        "texts": gaps.texts,
        "translated": gaps.translated,
        **{kind.replace(" ", "_"): count for kind, count in gaps.counts.items()},
        "flaws": flaws,
    }
