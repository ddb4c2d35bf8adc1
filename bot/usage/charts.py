"""Pictures of numbers: bars and maps as SVG, drawn on the server, without a script.

Rule 1: a picture holds nothing that does not stand in the table beside it, and every bar and
region carries its own number, so it can be read in black and white, and read aloud.
Rule 2: 340 units wide, so that its letters can be read on a phone; names stand above their bars.
Rule 3: what is "other" is hollow and what was not asked is dashed; a map goes from light to dark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 340
INK, QUIET, BAR, PAPER, LINE = "#1c2529", "#4a575c", "#0f5661", "#ffffff", "#8a9599"
RAMP: Final = (
    "#edf3f3",
    "#c3dbdb",
    "#7fb3b6",
    "#2f7a83",
    "#0b3a42",
)  # light to dark: little to much
SOFT: Final = ("#f1f5f5", "#d5e5e5", "#b0d0d1", "#8bbcbf")  # regions, under dark letters
VALUE, REST, MISSING = "value", "rest", "missing"  # the kinds of bars
FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"
STEP: Final = 40  # from bar to bar
MAP_HEIGHT: Final = 250

Spec = dict[str, Any]
GeoJson = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, its number, and that number in words."""

    label: str
    n: float
    said: str
    kind: str = VALUE


@dataclass(frozen=True, slots=True)
class Stack:
    """One bar that is whole: shares that add up to 1, each said inside if there is room."""

    label: str
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture to draw: a Vega-Lite chart, and what it shows in words for who cannot see it."""

    spec: Spec
    title: str
    description: str


def maybe(make: Callable[..., Figure], *args: object) -> tuple[Figure, ...]:
    """A picture where the extra `report` is installed; elsewhere none: the table tells it."""
    try:
        return (make(*args),)
    except ImportError:
        return ()


# What is drawn ----------------------------------------------------------------------------


def bars(found: Sequence[Bar], title: str) -> Figure:
    """A bar for each, from the top, its name above and its number behind it."""
    import altair as alt

    most = max((bar.n for bar in found), default=0) or 1
    rows = [
        {"i": at, "label": _begun(bar.label), "n": bar.n, "said": bar.said, "kind": bar.kind}
        for at, bar in enumerate(found)
    ]
    kinds = [VALUE, REST, MISSING]
    base = alt.Chart(_data(rows)).encode(y=alt.Y("i:O", axis=None))
    length = alt.X("n:Q", axis=None, scale=alt.Scale(domain=[0, most], range=[0, WIDTH - 92]))
    drawn = base.mark_bar(height=13, yOffset=9, strokeWidth=1.2).encode(
        x=length,
        fill=_coloured("fill", "kind:N", kinds, [BAR, PAPER, PAPER]),
        stroke=_coloured("stroke", "kind:N", kinds, [BAR, BAR, QUIET]),
        strokeDash=alt.StrokeDash(
            "kind:N", legend=None, scale=alt.Scale(domain=kinds, range=[[1, 0], [1, 0], [3, 3]])
        ),
    )
    names = base.mark_text(align="left", yOffset=-8, fontSize=13, color=INK).encode(
        x=alt.value(0), text="label:N"
    )
    numbers = base.mark_text(
        align="left", dx=6, yOffset=9, fontSize=13, fontWeight="bold", color=INK
    ).encode(x=length, text="said:N")
    chart = alt.layer(drawn, names, numbers).properties(width=WIDTH, height=alt.Step(STEP))
    told = "; ".join(f"{bar.label}: {bar.said}" for bar in found)
    return Figure(_styled(chart), title, told)


def stacks(
    found: Sequence[Stack], parts: Sequence[str], levels: Sequence[int], title: str
) -> Figure:
    """Whole bars cut in parts, from what is well (level 0, light) to what is missing (3, dark)."""
    import altair as alt

    rows = [
        {
            "i": at, "part": parts[number], "at": number,
            "share": share, "middle": sum(stack.shares[:number]) + share / 2,
            "said": f"{share:.0%}" if share >= _ROOM else "",
        }
        for at, stack in enumerate(found)
        for number, share in enumerate(stack.shares)
        if share
    ]  # fmt: skip
    base = alt.Chart(_data(rows)).encode(y=alt.Y("i:O", axis=None))
    whole = alt.Scale(domain=[0, 1], range=[0, WIDTH])
    colours = [RAMP[_LEVELS[level]] for level in levels]
    drawn = base.mark_bar(height=17, yOffset=9, stroke=QUIET, strokeWidth=0.6).encode(
        x=alt.X("share:Q", axis=None, stack="zero", scale=whole),
        order=alt.Order("at:Q"),
        fill=_coloured("fill", "part:N", parts, colours, legend=True),
    )
    heads = [{"i": at, "label": _begun(stack.label)} for at, stack in enumerate(found)]
    names = (
        alt.Chart(_data(heads))
        .mark_text(align="left", yOffset=-9, fontSize=13, color=INK)
        .encode(x=alt.value(0), y=alt.Y("i:O", axis=None), text="label:N")
    )
    inks = [_ink_on(colour) for colour in colours]
    numbers = base.mark_text(yOffset=9, fontSize=11.5, fontWeight="bold").encode(
        x=alt.X("middle:Q", axis=None, scale=whole),
        text="said:N",
        color=_coloured("color", "part:N", parts, inks),
    )
    chart = alt.layer(drawn, names, numbers).properties(width=WIDTH, height=alt.Step(STEP))
    chart = chart.resolve_scale(fill="independent", color="independent")
    told = "; ".join(
        f"{stack.label}: "
        + ", ".join(f"{part} {share:.0%}" for part, share in zip(parts, stack.shares, strict=True))
        for stack in found
    )
    return Figure(_styled(chart), title, told)


def region_map(land: GeoJson, numbers: Mapping[str, int], title: str) -> Figure:
    """The planning regions, each with its name and number; a region without one stays white."""
    import altair as alt

    most = max(numbers.values(), default=0) or 1
    shapes, names = [], []
    for shape in flat(land)["features"]:
        region = shape["properties"]["planning_region"]
        n = numbers.get(region)
        level = -1 if n is None else min(len(SOFT) - 1, n * len(SOFT) // most)
        shapes.append({**shape, "level": level})
        names += _lines(shape, region, "" if n is None else f"{n:,}")
    drawn = _shapes(shapes, [-1, *range(len(SOFT))], [PAPER, *SOFT], LINE, 1.0)
    base = alt.Chart(_data(names)).encode(longitude="x:Q", latitude="y:Q", text="said:N")
    said = base.transform_filter("!datum.counted").mark_text(fontSize=9, color=INK)
    counted = base.transform_filter("datum.counted").mark_text(
        fontSize=13, fontWeight="bold", color=INK
    )
    chart = alt.layer(drawn, said, counted)
    told = "; ".join(f"{region}: {n:,}" for region, n in numbers.items())
    return Figure(_styled(_on_map(chart)), title, told)


def town_map(
    land: GeoJson, regions: GeoJson, numbers: Mapping[str, int], title: str, told: str
) -> Figure:
    """The towns by a number, at most five steps from light to dark, and the regions' borders."""
    import altair as alt

    steps = _steps(numbers.values())
    shapes = []
    for shape in flat(land)["features"]:
        n = numbers.get(shape["properties"]["town"], 0)
        shapes.append(
            {**shape, "level": next(at for at, (_, end) in enumerate(steps) if n <= end)}
        )
    shades = [RAMP[number] for number in _SPREAD[len(steps)]]
    drawn = _shapes(shapes, list(range(len(steps))), shades, PAPER, 0.4)
    names = [str(low) if low == high else f"{low} to {high}" for low, high in steps]
    legend = alt.Legend(
        title=None, orient="bottom", symbolType="square", symbolStrokeColor=QUIET, symbolSize=140,
        labelExpr=f"{names}[datum.value]", labelFontSize=12, labelColor=INK, columnPadding=16,
    )  # fmt: skip
    scale = alt.Scale(domain=list(range(len(steps))), range=shades)
    drawn = drawn.encode(fill=alt.Fill("level:O", scale=scale, legend=legend))
    borders = alt.Chart(_data(list(flat(regions)["features"]))).mark_geoshape(
        filled=False, stroke=INK, strokeWidth=1.1
    )
    return Figure(_styled(_on_map(alt.layer(drawn, borders))), title, told)


# Small parts ------------------------------------------------------------------------------

_ROOM: Final = 0.13  # of a whole bar, for a number inside it
_LEVELS: Final = (0, 1, 3, 4)
_SPREAD: Final = {1: (0,), 2: (0, 3), 3: (0, 2, 4), 4: (0, 1, 2, 4), 5: (0, 1, 2, 3, 4)}
_LINE_DEGREES: Final = 0.046  # of latitude: eleven units of a map that is 250 high
_SQUEEZE: Final = 0.746  # cosine of 41.7 degrees: how much nearer meridians are in Connecticut


def _begun(label: str) -> str:
    return label[:1].upper() + label[1:]


def _ink_on(colour: str) -> str:
    return PAPER if RAMP.index(colour) > 2 else INK


def _data(rows: Sequence[Any]) -> Any:
    import altair as alt

    return alt.InlineData(values=list(rows))


def _coloured(
    channel: str, field: str, domain: Sequence[Any], shades: Sequence[str], legend: bool = False
) -> Any:
    """A colour for each value; the legend, where there is one, stands above and is black."""
    import altair as alt

    shown = alt.Legend(
        title=None, orient="top", columns=2, symbolType="square", symbolStrokeColor=QUIET,
        symbolSize=140, labelFontSize=12, labelColor=INK, labelLimit=160, columnPadding=14,
    )  # fmt: skip
    kind = {"fill": alt.Fill, "stroke": alt.Stroke, "color": alt.Color}[channel]
    scale = alt.Scale(domain=list(domain), range=list(shades))
    return kind(field, legend=shown if legend else None, scale=scale, sort=list(domain))


def _shapes(
    shapes: list[Any], levels: list[int], shades: list[str], border: str, thick: float
) -> Any:
    import altair as alt

    chart = alt.Chart(_data(shapes)).mark_geoshape(stroke=border, strokeWidth=thick)
    return chart.encode(fill=_coloured("fill", "level:O", levels, shades))


def _on_map(chart: Any) -> Any:
    """Planar, since `flat` has put the degrees in proportion: no shape can be inside out."""
    return chart.project(type="identity", reflectY=True).properties(width=WIDTH, height=MAP_HEIGHT)


def _styled(chart: Any) -> Spec:
    config = {
        "view": {"stroke": None}, "font": FONT, "background": None, "aria": False,
        "padding": {"left": 1, "right": 1, "top": 1, "bottom": 1},
    }  # fmt: skip
    spec: Spec = chart.to_dict()
    spec["config"] = config
    return spec


def flat(land: GeoJson) -> GeoJson:
    """The shapes with degrees of longitude as long as those of latitude."""

    def squeezed(part: Any) -> Any:
        if isinstance(part[0], int | float):
            return [round(part[0] * _SQUEEZE, 4), part[1]]
        return [squeezed(each) for each in part]

    return {
        "type": "FeatureCollection",
        "features": [
            {
                **shape,
                "geometry": {
                    **shape["geometry"],
                    "coordinates": squeezed(shape["geometry"]["coordinates"]),
                },
            }
            for shape in land["features"]
        ],
    }


def _lines(shape: GeoJson, name: str, number: str) -> list[Spec]:
    """A name in short lines and the number under it, around the place kept for them."""
    x, y = shape["properties"]["label"]
    lines = [*_broken(name), *filter(None, [number])]
    top = y + (len(lines) - 1) / 2 * _LINE_DEGREES
    return [
        {"x": x * _SQUEEZE, "y": top - at * _LINE_DEGREES, "said": line, "counted": line == number}
        for at, line in enumerate(lines)
    ]


def _broken(name: str) -> list[str]:
    """A name in short lines, for a map."""
    lines = [""]
    for word in name.replace("Connecticut", "CT").split():
        if len(f"{lines[-1]} {word}") > 9 and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _steps(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """At most five steps (from, to) that hold every number, each a range of equal size."""
    found = set(numbers) or {0}
    least, most = min(found), max(found)
    size = -(-(most - least + 1) // len(RAMP))
    starts = range(least, most + 1, size)
    return [(low, min(low + size - 1, most)) for low in starts]
