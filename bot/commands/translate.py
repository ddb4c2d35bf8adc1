"""`waypost translate`: the texts for translators, and what each language still lacks.

Exit codes: 0 everything is translated; 1 something is not; 2 a file cannot be used.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from bot import po, texts
from bot.load import load_flows
from bot.model import SOURCE, Language, Source, TextId
from bot.source import Problem
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
