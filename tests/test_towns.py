"""Promises about places: a name of two towns is asked back, every other name is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.directory import load
from bot.model import MAYBE_MOST, Directory, Place

FOLDER = Path(__file__).parents[1] / "flows" / "directory"


@pytest.fixture(scope="module")
def real() -> Directory:
    found, _ = load(FOLDER, [])
    return found


@pytest.mark.parametrize(
    ("name", "towns"),
    [
        ("windham", ["Windham", "Willimantic"]),
        ("groton", ["Groton", "City of Groton", "Groton Long Point"]),
        ("putnam", ["Putnam", "Putnam Special Services District"]),
        ("canaan", ["Canaan", "North Canaan"]),
        ("n haven", ["New Haven", "North Haven"]),
        ("mystic", ["Groton", "Stonington"]),
    ],
)
def test_a_name_that_may_be_several_places_is_asked_back(
    real: Directory, name: str, towns: list[str]
) -> None:
    assert list(real.places.names[name]) == towns


@pytest.mark.parametrize(
    ("name", "town"),
    [
        ("willimantic", "Willimantic"),
        ("groton city", "City of Groton"),
        ("town of groton", "Groton"),
        ("w hartford", "West Hartford"),
        ("e haven", "East Haven"),
        ("so windsor", "South Windsor"),
        ("n canaan", "North Canaan"),
        ("fort trumbull", "New London"),
        ("ft trumbull", "New London"),
        ("mansfield center", "Mansfield"),
        ("new haven", "New Haven"),
        ("washington", "Washington"),
    ],
)
def test_a_name_or_its_short_form_means_one_town(real: Directory, name: str, town: str) -> None:
    assert real.places.names[name] == (town,)


def test_the_exact_name_of_a_town_means_that_town_first(real: Directory) -> None:
    for town in real.towns.values():
        assert real.places.names[town.id.lower()][0] == town.id


def test_no_name_or_zip_leads_to_more_towns_than_can_be_asked_back(real: Directory) -> None:
    meant = [*real.places.names.values(), *real.places.zips.values()]
    assert len(meant) > 1000
    assert all(
        1 <= len(places) <= MAYBE_MOST and set(places) <= set(real.towns) for places in meant
    )


@pytest.mark.parametrize(
    ("code", "towns"),
    [
        ("06511", ["New Haven"]),
        ("06031", ["Canaan", "Salisbury", "Cornwall"]),
        ("06512", ["East Haven", "New Haven"]),
        ("06829", ["Redding", "Weston", "Wilton"]),
        ("06226", ["Windham", "Willimantic"]),
        ("06497", ["Stratford"]),
    ],
)
def test_a_zip_means_its_towns_with_the_likeliest_first(
    real: Directory, code: str, towns: list[str]
) -> None:
    assert list(real.places.zips[code]) == towns


def test_the_parts_of_a_split_town_have_other_police_than_its_rest(real: Directory) -> None:
    parts = [town for town in real.towns.values() if town.id != town.town]
    assert len(parts) == 4
    assert all(real.towns[Place(part.town)].police != part.police for part in parts)
