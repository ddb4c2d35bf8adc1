"""The pictures show the numbers of their table, also in black and white, also read aloud."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest

from bot.load import Program
from bot.usage import charts, drawing, views
from bot.usage.charts import MISSING, REST, Bar, Figure, Stack
from tests.conftest import ROOT

LAND = views.land(ROOT / "flows")
BARS = charts.bars(
    [
        Bar("a place to stay", 412, "412 (34%)"),
        Bar("<a & b>", 0, "0 (0%)"),
        Bar("other", 40, "40 (3%)", REST),
        Bar("not asked", 640, "640 (53%)", MISSING),
    ],
    "Needs & more",
)
STACKS = charts.stacks(
    [Stack("food", (0.25, 0.75)), Stack("a lawyer", (1.0, 0.0))], ["near", "far"], [0, 3], "How"
)
REGIONS = charts.region_map(LAND.regions, {"Capitol": 310, "Northwest Hills": 11}, "Where")
TOWNS = charts.town_map(LAND.towns, LAND.regions, {"Hartford": 3, "Union": 9}, "Gaps", "Told.")
FIGURES = {"bars": BARS, "stacks": STACKS, "regions": REGIONS, "towns": TOWNS}


def texts(svg: str) -> list[str]:
    """What is written in a picture, without its title and description."""
    root = ElementTree.fromstring(svg)  # noqa: S314  our own picture
    return [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", FIGURES)
def test_a_picture_is_said_in_words_to_whoever_cannot_see_it(name: str) -> None:
    svg = drawing.draw(FIGURES[name], f"of-{name}")
    root = ElementTree.fromstring(svg)  # noqa: S314  our own picture
    assert root.get("role") == "img"
    ids = (root.get("aria-labelledby") or "").split()
    assert ids == [f"of-{name}-title", f"of-{name}-told"]
    said = {each.get("id"): each.text for each in root}
    assert said[ids[0]] == FIGURES[name].title
    assert said[ids[1]] == FIGURES[name].description


@pytest.mark.parametrize("name", FIGURES)
def test_a_picture_has_no_script_no_style_and_nothing_from_outside(name: str) -> None:
    svg = drawing.draw(FIGURES[name], "x")
    assert len(svg) > 1000
    assert not re.search(r"<script|<style|<image|\sstyle=|\son\w+=|href|url\(", svg)
    outside = set(re.findall(r"https?://[^\"']*", svg))
    assert outside == {"http://www.w3.org/2000/svg"}


def test_every_bar_carries_its_name_and_number() -> None:
    written = texts(drawing.draw(BARS, "x"))
    assert {"A place to stay", "412 (34%)", "<a & b>", "Other", "Not asked"} <= {*written}
    for said in ("412 (34%)", "0 (0%)", "40 (3%)", "640 (53%)"):
        assert written.count(said) == 1
        assert said in BARS.description


def test_a_bar_is_as_long_as_its_number() -> None:
    svg = drawing.draw(BARS, "x")
    lengths = [float(each) for each in re.findall(r'd="M0,[\d.]+h([\d.]+)v13', svg)]
    assert len(lengths) == 4
    assert lengths[0] / lengths[3] == pytest.approx(412 / 640, abs=0.01)
    assert lengths[1] == 0


def test_other_and_not_asked_differ_from_answers_without_color() -> None:
    """Solid, hollow, dashed: a copier keeps these apart."""
    svg = drawing.draw(BARS, "x")
    marks = re.findall(r'v13h[^>]*fill="(#\w+)" stroke="#\w+"[^>]*-dasharray="([\d,]+)"', svg)
    assert [fill == charts.PAPER for fill, _ in marks] == [False, False, True, True]
    assert [dash == "3,3" for _, dash in marks] == [False, False, False, True]


def test_shades_grow_darker_step_by_step() -> None:
    """So that a map can be read in gray."""
    for ramp in (charts.RAMP, charts.SOFT):
        light = [
            sum(int(c[at : at + 2], 16) * w for at, w in ((1, 3), (3, 6), (5, 1))) for c in ramp
        ]
        assert all(one - other > 150 for one, other in pairwise(light)), light


def test_a_region_on_the_map_carries_its_number_and_one_without_stays_white() -> None:
    svg = drawing.draw(REGIONS, "x")
    written = texts(svg)
    assert "310" in written
    assert "11" in written
    assert len(re.findall(rf'fill="{charts.PAPER}" stroke="{charts.LINE}"', svg)) == 7
    assert [each for each in written if each.isdigit()] == ["310", "11"]


def test_the_maps_are_of_the_towns_and_regions_of_the_directory(shipped: Program) -> None:
    rows = shipped.book.directory.towns.values()
    towns = {each["properties"]["town"]: each["properties"] for each in LAND.towns["features"]}
    whole = {row.town: row.region for row in rows if row.id == row.town}
    assert len(whole) == 169
    assert {town: each["planning_region"] for town, each in towns.items()} == whole
    regions = [each["properties"]["planning_region"] for each in LAND.regions["features"]]
    assert sorted(regions) == sorted({*whole.values()})


def test_the_steps_of_a_map_hold_every_number_once() -> None:
    assert charts._steps([4, 6, 8, 12]) == [(4, 5), (6, 7), (8, 9), (10, 11), (12, 12)]
    assert charts._steps([]) == [(0, 0)]
    assert charts._steps([0, 1]) == [(0, 0), (1, 1)]
    for most in range(60):
        steps = charts._steps([0, most])
        assert len(steps) <= len(charts.RAMP)
        assert [n for low, high in steps for n in range(low, high + 1)] == list(range(most + 1))


def test_on_a_page_every_color_is_a_class_with_a_style() -> None:
    """Else it would not turn dark at night."""
    css = (ROOT / "webhook" / "static" / "usage.css").read_text(encoding="utf-8")
    seen = set()
    for figure in FIGURES.values():
        svg = drawing.themed(drawing.draw(figure, "x"))
        assert not re.search(r'(?:fill|stroke)="#', svg)
        seen |= set(re.findall(r'class="(\w+)"', svg))
        for stroke in re.findall(r'data-stroke="(\w+)"', svg):
            assert f'[data-stroke="{stroke}"]' in css
    assert len(seen) > 5
    for name in seen:
        assert f".{name} {{ fill:" in css, name


def test_a_picture_can_be_had_as_png() -> None:
    made = drawing.png(drawing.draw(TOWNS, "x"))
    assert made.startswith(b"\x89PNG")
    assert int.from_bytes(made[16:20]) > 900  # wide enough for print


def test_without_the_extra_there_is_no_picture_and_no_crash() -> None:
    def missing() -> Figure:
        raise ImportError("no such library")

    assert charts.maybe(missing) == ()
