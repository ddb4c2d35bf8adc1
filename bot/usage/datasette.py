"""What a Datasette shows of the counts: what was published, described; the counters not at all."""

from __future__ import annotations

from typing import Any, Final

from bot.usage.words import Words

SHOWN: Final = {
    "released": ("period", "dimension", "value", "n"),
    "releases": ("number", "period", "document"),
}
HIDDEN: Final = ("counts", "declared")


def metadata(database: str, say: Words) -> dict[str, Any]:
    """The metadata of a Datasette over the database of that name.

    The counters are hidden and refused, and free SQL with them: what is not published yet may
    hold small numbers.
    """
    tables: dict[str, Any] = {
        table: {
            "description": _said(say, table),
            "columns": {column: _said(say, column) for column in columns},
        }
        for table, columns in SHOWN.items()
    }
    tables["released"] |= {"sort_desc": "period", "size": 100}
    tables |= {table: {"hidden": True, "allow": False} for table in HIDDEN}
    about = ("title", "description", "source")
    return {
        **{key: _said(say, key) for key in about},
        "databases": {database: {"allow_sql": False, "tables": tables}},
    }


def _said(say: Words, key: str) -> str:
    return say.say(f"lines/datasette/{key}")
