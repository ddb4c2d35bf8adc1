"""What the tests share: the flows and languages of this repository, as the program loads them."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

from bot.load import Program, load

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 11, 22)  # the day the directory was collected

WHOLE = bool(os.environ.get("CI") or os.environ.get("FULL"))  # else what three minutes allow
settings.register_profile(
    "waypost",
    deadline=None,  # a busy machine is not a broken promise
    max_examples=100 if WHOLE else 40,
)
settings.load_profile("waypost")


@pytest.fixture(scope="session")
def shipped() -> Program:
    """The program as it would run today."""
    return load(ROOT / "flows", ROOT / "locales", today=TODAY)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes runs in CI and where it is asked for: FULL=1 make test.

    The file that takes longest comes first, so that no core waits for it in the end.
    """
    items.sort(key=lambda item: item.path.name != "test_privacy.py")
    if WHOLE:
        return
    for item in items:
        if item.get_closest_marker("full") or "browser" in item.path.parts:
            item.add_marker(pytest.mark.skip(reason="takes long: FULL=1 make test"))
