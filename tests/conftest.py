"""What the tests share: the flows and languages of this repository, as the program loads them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

from bot.load import Program, load

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 11, 22)  # the day the directory was collected

settings.register_profile("waypost", deadline=None)  # a busy machine is not a broken promise
settings.load_profile("waypost")


@pytest.fixture(scope="session")
def shipped() -> Program:
    """The program as it would run today."""
    return load(ROOT / "flows", ROOT / "locales", today=TODAY)
