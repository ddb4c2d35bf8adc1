"""Figures -> SVG and PNG, by vl-convert. The only file that draws.

Rule 1: drawing holds up everything that runs beside it in a process, and takes much memory, so a
server lets another process do it (bot/usage/site.py).
Rule 2: a picture names nothing from outside, and has no script and no style of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Final

from bot.usage.charts import BAR, INK, LINE, PAPER, QUIET, RAMP, SOFT, WIDTH, Figure


class NotInstalledError(Exception):
    """The libraries that draw are not here: they come with the extra `report`."""


_ROOT: Final = re.compile(r"<svg [^>]*>")
_SIZE: Final = re.compile(r'viewBox="0 0 (\d+) (\d+)"')
CLASSES: Final = {
    INK: "ink", QUIET: "quiet", BAR: "bar", PAPER: "paper", LINE: "line",
    **{shade: f"ramp{at}" for at, shade in enumerate(RAMP)},
    **{shade: f"soft{at}" for at, shade in enumerate(SOFT)},
}  # fmt: skip


def draw(figure: Figure, id: str) -> str:
    """The picture as an SVG element that tells what it shows. `id` is unique on its page.

    NotInstalledError where the extra `report` is missing.
    """
    try:
        import vl_convert
    except ImportError as error:
        raise NotInstalledError from error
    svg: str = vl_convert.vegalite_to_svg(figure.spec)
    found = _SIZE.search(svg)
    wide, high = found.groups() if found else (WIDTH, WIDTH)
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" '
        f'width="{wide}" height="{high}" role="img" aria-labelledby="{id}-title {id}-told">'
        f'<title id="{id}-title">{escape(figure.title)}</title>'
        f'<desc id="{id}-told">{escape(figure.description)}</desc>'
    )
    return _lean(_ROOT.sub(lambda _: root, svg, count=1))


def draw_all(asked: Iterable[tuple[str, Figure]]) -> dict[str, str]:
    """Every picture by its id."""
    return {id: draw(figure, id) for id, figure in asked}


def _lean(svg: str) -> str:
    """Without the empty shapes and names that Vega leaves for scripts."""
    svg = re.sub(r'<path class="(?:back|fore)ground"[^>]*/>', "", svg)
    return re.sub(r' (?:class|pointer-events|aria-[a-z]+|role)="[^"]*"(?![^<]*<title)', "", svg)


def themed(svg: str) -> str:
    """The same with classes instead of colours, for a page that has a light and a dark style."""
    for colour, name in CLASSES.items():
        svg = svg.replace(f'fill="{colour}"', f'class="{name}"')
        svg = svg.replace(f'stroke="{colour}"', f'data-stroke="{name}"')
    return svg


def png(svg: str) -> bytes:
    """The picture as PNG, three times as fine."""
    import vl_convert

    drawn: bytes = vl_convert.svg_to_png(svg, scale=3)
    return drawn
