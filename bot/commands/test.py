"""`waypost test`: play the transcripts and show what differs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import median

import click

from bot import replay, transcript
from bot.commands import common
from bot.load import Program
from bot.transcript import Script


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--accept", is_flag=True, help="write what the bot says now into the files")
@click.option("--everywhere", is_flag=True, help="play them in all languages, on all channels")
@common.folders
def test(
    files: tuple[Path, ...],
    accept: bool,
    everywhere: bool,
    flows: Path | None,
    locales: Path | None,
) -> None:
    """Play transcripts (all of tests/transcripts, or FILES) and show where a talk differs.

    Read every difference before you accept it: it is what a person in danger will be told.
    """
    whole = accept or everywhere  # what is kept, or said of every language, has no stand-in in it
    program = (common.program if whole else common.tried)(flows, locales)
    paths = [path for each in files or (Path("tests/transcripts"),) for path in _under(each)]
    if not paths:
        raise click.ClickException(
            "there is no transcript here; record one: waypost chat --record"
        )
    if everywhere:
        scripts = {each.stem: transcript.parse(each.read_text(encoding="utf-8")) for each in paths}
        raise SystemExit(1 if _everywhere(program, scripts) else 0)
    failed = [path for path in paths if not _goes_as_written(program, path, accept)]
    for path in failed:
        click.echo(f"differs: {path}")
    click.echo(f"{len(paths) - len(failed)} of {len(paths)} conversations go as written")
    raise SystemExit(1 if failed else 0)


def _everywhere(program: Program, scripts: Mapping[str, Script]) -> list[str]:
    """Play every script in every language on every channel; what it costs, and every fault."""
    wanted = replay.questions(program)
    click.echo(f"{'language':8} questions  hello  middle  longest   (text message segments)")
    faults: list[str] = []
    for language in program.catalog.languages:
        seen = replay.seen(program, scripts, language)
        missing = sorted(wanted[language] - seen.questions)
        faults += [*seen.faults, *(f"in {language}, nobody comes to '{each}'" for each in missing)]
        share = f"{len(wanted[language] & seen.questions)} of {len(wanted[language])}"
        costs = f"{seen.hello:5}  {median(seen.costs):6.0f}  {max(seen.costs):7}"
        click.echo(f"{language:8} {share:9}  {costs}")
    click.echo("\n".join(faults) if faults else f"on {', '.join(replay.SHOWN)}: complete")
    return faults


def _under(path: Path) -> list[Path]:
    return sorted(path.glob("*.txt")) if path.is_dir() else [path]


def _goes_as_written(program: Program, path: Path, accept: bool) -> bool:
    written = path.read_text(encoding="utf-8")
    try:
        played = transcript.perform(program, transcript.parse(written))
    except transcript.TranscriptError as error:
        click.secho(f"{path}: {error}", fg="red")
        return False
    if played == written:
        return True
    click.secho(f"\n{path}", bold=True)
    for line in transcript.difference(written, played).splitlines():
        click.secho(line, fg={"-": "red", "+": "green"}.get(line[:1]))
    if accept:
        path.write_text(played, encoding="utf-8")
    return accept
