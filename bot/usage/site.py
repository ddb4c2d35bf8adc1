"""The pages of /usage, made all at once from every release there is: {"": …, "2026": …}.

Rule 1: pages hold what was published and what the directory knows, the same for everybody.
Rule 2: making them is heavy, so a server lets another process do it: `python -m bot.usage.site`
reads a `Job` as JSON and writes the pages as JSON. It is given no setting and no secret.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from bot import load
from bot.usage import drawing, forms, report, views, words
from bot.usage.model import Release
from bot.usage.report import Matter
from bot.usage.views import View

INDEX: Final = ""  # the page /usage itself


@dataclass(frozen=True, slots=True)
class Job:
    """What the other process needs: where the flows are, and the releases as they are kept."""

    flows: str
    locales: str
    today: str
    demo: bool
    documents: tuple[str, ...]

    def written(self) -> str:
        """As the other process reads it."""
        return json.dumps(asdict(self))


def pages(releases: Sequence[Release], found: Matter, *, demo: bool = False) -> dict[str, str]:
    """Every page by the end of its address. `demo`: the counts are made up, released or not."""
    shown = views.newest_first(releases)
    seen = [views.view(each, releases, found.words, found.shapes) for each in shown]
    figures = [
        each for view in seen for each in report.figures(view.sections, view.release.period)
    ]
    pictures = _pictures([*figures, *report.gap_figures(found.gaps)])
    template = report.surroundings().get_template("usage.html")
    demo = demo or any(each.demo for each in releases)
    shared = {**report.common(found.words), "gaps": found.gaps, "pictures": pictures, "demo": demo}
    made = {INDEX: template.render(**shared, view=_front(seen), views=seen, alone=False)}
    for view in seen:
        made[view.release.period] = template.render(**shared, view=view, views=seen, alone=True)
    return made


def _front(seen: Sequence[View]) -> View | None:
    """The release that /usage shows in full: the newest with tables, else the newest."""
    return next((view for view in seen if view.release.tables), seen[0] if seen else None)


def _pictures(asked: Sequence[tuple[str, Any]]) -> Mapping[str, str]:
    """Every picture by its id; none where nothing here can draw."""
    try:
        return {id: drawing.themed(svg) for id, svg in drawing.draw_all(asked).items()}
    except drawing.NotInstalledError:
        return {}


def perform(job: Job) -> dict[str, str]:
    """All pages of a job. FilesError, OSError, forms.FormatError: something cannot be read."""
    flows, today = Path(job.flows), date.fromisoformat(job.today)
    program = load.load(flows, Path(job.locales), today=today)
    found = report.matter(program, words.load(flows), flows, today)
    releases = [forms.from_json(document) for document in job.documents]
    return pages(releases, found, demo=job.demo)


def main() -> None:
    """A job from standard input, pages to standard output."""
    asked = json.load(sys.stdin)
    json.dump(perform(Job(**{**asked, "documents": tuple(asked["documents"])})), sys.stdout)


if __name__ == "__main__":
    main()
