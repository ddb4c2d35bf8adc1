"""The report of one period, for a legislator: one file, HTML or PDF, with nothing from outside.

Rule 1: made from published releases and the directory, never from counts.
Rule 2: every sentence is in flows/usage.yaml, and how it is set in templates/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.load import Program
from bot.usage import drawing, gaps, views
from bot.usage.charts import Figure
from bot.usage.drawing import NotInstalledError
from bot.usage.model import Release
from bot.usage.supply import Gaps, Teller
from bot.usage.views import Land, Section
from bot.usage.words import Words

TEMPLATES: Final = Path(__file__).parent / "templates"
_NUMBER: Final = re.compile(r"[\d,.]+%?|\u2013|under \d+%|\d+ of \d+")  # set to the right
FORMS: Final = (".html", ".pdf")


class ReportError(Exception):
    """The report cannot be written; the words say why, for the person who asked for it."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What every page about usage is made from."""

    words: Words
    shapes: Land
    gaps: Gaps


def matter(program: Program, words: Words, flows: Path, today: date) -> Matter:
    """The words, the maps and the gaps. OSError, ValueError: the maps cannot be read."""
    shapes = views.land(flows)
    return Matter(words, shapes, Teller(gaps.survey(program), words, shapes).gaps(today))


def write(releases: Sequence[Release], path: Path, period: str, found: Matter) -> None:
    """Write the report of a released period to a file that ends in .html or .pdf.

    `releases` are all there are. ReportError: no such form or release, or the extra `report`
    is not installed; OSError: the file cannot be written.
    """
    if path.suffix not in FORMS:
        raise ReportError(found.words.say("report/form", name=path.name))
    chosen = [each for each in releases if each.period == period]
    if not chosen:
        raise ReportError(found.words.say("report/not_released", period=period))
    try:
        html = page(chosen[0], releases, found)
        if path.suffix == ".pdf":
            path.write_bytes(pdf(html))
        else:
            path.write_text(html, encoding="utf-8")
    except NotInstalledError:
        raise ReportError(found.words.say("report/not_installed")) from None


def page(release: Release, releases: Sequence[Release], found: Matter) -> str:
    """The report as one HTML page. NotInstalledError: nothing here can draw."""
    _check_charts()
    view = views.view(release, releases, found.words, found.shapes)
    asked = [*figures(view.sections, view.release.period), *gap_figures(found.gaps)]
    return surroundings().get_template("report.html").render(
        **common(found.words),
        title=found.words.say("report/title", period=view.name),
        view=view,
        gaps=found.gaps,
        pictures=drawing.draw_all(asked),
        demo=release.demo,
    )  # fmt: skip


def _check_charts() -> None:
    try:
        import altair  # noqa: F401  looked for before the figures are made of it
    except ImportError as error:
        raise NotInstalledError from error


def pdf(html: str) -> bytes:
    """The page as PDF. NotInstalledError: WeasyPrint, or Debian's pango under it, is missing."""
    try:
        import weasyprint  # type: ignore[import-untyped]  # it ships no types
    except (ImportError, OSError) as error:
        raise NotInstalledError from error
    made: bytes = weasyprint.HTML(string=html, url_fetcher=_nothing_outside).write_pdf()
    return made


def _nothing_outside(url: str) -> Mapping[str, object]:
    raise ValueError(f"the report names something outside itself: {url}")


def figures(sections: Sequence[Section], period: str) -> list[tuple[str, Figure]]:
    """Every picture of these sections, by the id that the templates look for."""
    head = f"{period}-" if period else ""
    return [
        (f"{head}{section.id}-{number}", figure)
        for section in sections
        for number, figure in enumerate(section.figures)
    ]


def gap_figures(found: Gaps) -> list[tuple[str, Figure]]:
    """The pictures of the supply gaps."""
    pictured = [("gaps-map", found.map)] if found.map is not None else []
    return [*pictured, *figures(found.sections, "")]


def common(words: Words) -> dict[str, object]:
    """What every template is given."""
    say: Callable[..., str] = words.say
    lists = {
        key: list(words.section(key).values()) for key in ("definitions", "unknown", "privacy")
    }
    return {"say": say, **lists}


def surroundings(*folders: Path) -> Environment:
    """Templates of these folders, and the ones shared with the report."""
    files = FileSystemLoader([*folders, TEMPLATES])
    made = Environment(autoescape=True, loader=files, undefined=StrictUndefined)
    made.tests["number_said"] = lambda cell: _NUMBER.fullmatch(cell) is not None
    return made
