"""Made-up releases, for tests of how they are shown."""

from __future__ import annotations

from typing import Final

from bot.usage.model import NOT_ASKED, OTHER, Release, Row, Table


def table(dimension: str, *rows: tuple[str, int], within: tuple[str, ...] = ()) -> Table:
    """A table as bot.usage.release makes it."""
    cells = tuple(Row(value, n) for value, n in rows)
    notes = ("rolled_up",) if within else ()
    return Table(dimension, cells, exclusive=dimension != "shown", notes=notes, within=within)


TABLES: Final = (
    table("channel", ("sms", 730), ("web", 470), ("whatsapp", 200), (NOT_ASKED, 0)),
    table("language", ("en", 900), ("es", 350), (NOT_ASKED, 150)),
    table("for_whom", ("me", 700), ("someone", 300), ("professional", 150), (NOT_ASKED, 250)),
    table(
        "need",
        ("place_to_stay", 420),
        ("pay_kept", 333),
        ("lawyer", 111),
        (OTHER, 36),
        (NOT_ASKED, 500),
        within=("food", "doctor"),
    ),
    table("region", ("Capitol", 310), ("Greater Bridgeport", 190), (OTHER, 100), (NOT_ASKED, 800)),
    table("source", ("clinic", 60), (OTHER, 22), (NOT_ASKED, 1318)),
    table("shown", ("help_line", 1000), ("provider", 640)),
)
YEAR: Final = Release("2026", 1400, TABLES)
QUARTERS: Final = tuple(
    Release(f"2026-Q{number}", n, (), ("totals_only",))
    for number, n in enumerate((300, 340, 360, 400), 1)
)
BEFORE: Final = Release("2025", 1000, (), ("totals_only",))
FEW: Final = Release("2024", None, (), ("fewer",))
EVERY: Final = (FEW, BEFORE, *QUARTERS, YEAR)
