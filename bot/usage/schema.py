"""The tables of the SQLite store, and what they refuse by themselves.

Rule 1: a counter is one value of one dimension in one month. There is no column that could hold a
time, a row that stands for a conversation, or a number that grows with every write.
Rule 2: a step of STEPS is never changed once a file was made with it; a new one is added.
"""

from __future__ import annotations

from typing import Final

from bot.usage.model import THRESHOLD

REAL: Final = 0x57617970  # "Wayp": the application id of counts of real conversations
DEMO: Final = 0x57617964  # "Wayd": of a demonstration

NAME: Final = (  # no place in it for the number of a phone, a house or a person
    "TEXT NOT NULL CHECK (length({0}) BETWEEN 1 AND 60 AND {0} NOT GLOB '*[^A-Za-z0-9_ -]*'"
    " AND {0} NOT GLOB '*[0-9][0-9][0-9]*')"
)
PERIOD: Final = "TEXT NOT NULL CHECK (length({0}) BETWEEN 4 AND 7 AND {0} GLOB '20[0-9][0-9]*')"


def written(script: str, name: str, period: str) -> str:
    """A script with what its kinds of column are: NAME, PERIOD, and the THRESHOLD."""
    for column in ("dimension", "value"):
        script = script.replace(f"{column} NAME", f"{column} {name.format(column)}")
    script = script.replace("period PERIOD", f"period {period.format('period')}")
    return script.replace("THRESHOLD", str(THRESHOLD))


_COUNTS: Final = """
CREATE TABLE declared (
    dimension NAME,
    value NAME,
    PRIMARY KEY (dimension, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE counts (
    month TEXT NOT NULL CHECK (
        month GLOB '20[0-9][0-9]-[01][0-9]' AND substr(month, 6) BETWEEN '01' AND '12'
    ),
    dimension NAME,
    value NAME,
    n INTEGER NOT NULL CHECK (n > 0),
    PRIMARY KEY (month, dimension, value),
    FOREIGN KEY (dimension, value) REFERENCES declared
) STRICT, WITHOUT ROWID;

CREATE TRIGGER counts_are_declared BEFORE INSERT ON counts
WHEN NOT EXISTS (
    SELECT 1 FROM declared WHERE dimension = NEW.dimension AND value = NEW.value
)
BEGIN SELECT RAISE(ABORT, 'not declared'); END;

CREATE TRIGGER counts_keep_their_names BEFORE UPDATE OF month, dimension, value ON counts
BEGIN SELECT RAISE(ABORT, 'a counter keeps its name'); END;

CREATE TRIGGER counts_only_grow BEFORE UPDATE OF n ON counts WHEN NEW.n < OLD.n
BEGIN SELECT RAISE(ABORT, 'counts only grow'); END;

CREATE TRIGGER counts_stay BEFORE DELETE ON counts
BEGIN SELECT RAISE(ABORT, 'counts only grow'); END;
"""

_RELEASES: Final = """
CREATE TABLE releases (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    period PERIOD UNIQUE,
    document TEXT NOT NULL CHECK (json_valid(document))
) STRICT;

CREATE TABLE released (
    period PERIOD,
    dimension NAME,
    value NAME,
    n INTEGER CHECK (n = 0 OR n >= THRESHOLD),
    PRIMARY KEY (period, dimension, value)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER released_once BEFORE INSERT ON released
WHEN EXISTS (SELECT 1 FROM releases WHERE period = NEW.period)
BEGIN SELECT RAISE(ABORT, 'released before'); END;

CREATE TRIGGER released_never_change BEFORE UPDATE ON released
BEGIN SELECT RAISE(ABORT, 'a release is for good'); END;

CREATE TRIGGER released_stay BEFORE DELETE ON released
BEGIN SELECT RAISE(ABORT, 'a release is for good'); END;

CREATE TRIGGER releases_once BEFORE INSERT ON releases
WHEN EXISTS (SELECT 1 FROM releases WHERE period = NEW.period OR number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'released before'); END;

CREATE TRIGGER releases_never_change BEFORE UPDATE ON releases
BEGIN SELECT RAISE(ABORT, 'a release is for good'); END;

CREATE TRIGGER releases_stay BEFORE DELETE ON releases
BEGIN SELECT RAISE(ABORT, 'a release is for good'); END;
"""

# Each brings a file one version on.
STEPS: Final = tuple(written(step, NAME, PERIOD) for step in (_COUNTS, _RELEASES))
VERSION: Final = len(STEPS)

ADD: Final = (
    "INSERT INTO counts (month, dimension, value, n) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (month, dimension, value) DO UPDATE SET n = n + excluded.n"
)
