"""The auditor: its intervals are exact, and it sees what a reader of all releases could."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bot.usage.audit import Attacker, AuditError, Cells, Fact, between, exactly, nearest
from bot.usage.cells import View
from bot.usage.evidence import Told, derivable, facts

VIEW = View("channel", ("sms", "web", "not_asked"))


def cells(*names: str) -> Cells:
    return frozenset((name[0], name[1]) for name in names)


# The linear programs -----------------------------------------------------------------------------


def worlds(most: int, names: list[str]) -> Iterator[dict[tuple[str, str], int]]:
    for counts in itertools.product(range(most + 1), repeat=len(names)):
        yield {(name[0], name[1]): n for name, n in zip(names, counts, strict=True)}


@pytest.mark.parametrize("seed", range(3))
def test_an_interval_is_what_trying_every_table_gives(seed: int) -> None:
    """Two periods, three values, margins as releases give them: exact to the whole number."""
    dice = random.Random(seed)
    names = [a + b for a in "12" for b in "abc"]
    truth = {(name[0], name[1]): dice.randint(0, 2) for name in names}
    groups = [
        cells("1a", "1b", "1c"),
        cells("2a", "2b", "2c"),
        cells("1a", "2a"),
        cells("1b", "1c"),
    ]
    known = [exactly(group, sum(truth[cell] for cell in group)) for group in groups]
    known.append(between(cells("2c"), 0, 3 + truth["2", "c"]))
    possible = [w for w in worlds(6, names) if all(fact.holds(w) for fact in known)]
    attacker = Attacker(known)
    for asked in (cells("1b"), cells("2b"), cells("2c"), cells("1b", "2b")):
        sums = [sum(world[cell] for cell in asked) for world in possible]
        low, high = attacker.interval(asked)
        assert (round(low, 6), round(high, 6)) == (min(sums), max(sums))


def test_narrow_cells_are_told_from_wide_ones() -> None:
    attacker = Attacker([exactly(cells("1a", "1b"), 12), between(cells("1b"), 3, None)])
    assert attacker.narrowed([cells("1a"), cells("1b"), cells("1a", "1b")], 9) == [
        cells("1a"), cells("1b"), cells("1a", "1b"),
    ]  # fmt: skip
    assert attacker.narrowed([cells("1a"), cells("1b"), cells("1a", "1b")], 8) == [
        cells("1a", "1b")
    ]


def test_a_cell_that_nothing_is_known_of_may_be_anything() -> None:
    attacker = Attacker([exactly(cells("1a"), 12)])
    assert attacker.narrowed([cells("2a")], 1_000) == []
    assert attacker.interval(cells("2a"))[1] > 1_000_000


def test_facts_that_contradict_each_other_are_an_error() -> None:
    with pytest.raises(AuditError, match="contradicts itself"):
        Attacker([exactly(cells("1a"), 12), exactly(cells("1a"), 13)]).interval(cells("1a"))


def test_counts_are_brought_into_line_by_the_least_change() -> None:
    counts = {("1", "a"): 20, ("1", "b"): 9, ("1", "c"): 4}
    known = [exactly(cells("1a", "1b", "1c"), 30), exactly(cells("1a"), 19)]
    found = nearest(known, counts)
    assert all(fact.holds(found) for fact in known)
    assert sum(abs(found[cell] - counts[cell]) for cell in counts) == 3
    assert nearest([exactly(cells("1a"), 20)], counts) == counts
    with pytest.raises(AuditError):
        nearest([exactly(cells("1a"), 1), exactly(cells("1a"), 2)], counts)


def test_without_the_solver_it_says_what_to_install() -> None:
    """In a process of its own, in which highspy cannot be found."""
    program = (
        "import sys; sys.modules['highspy'] = None\n"
        "from bot.usage.audit import Attacker, AuditError, Fact\n"
        "try: Attacker([Fact(frozenset({('1', 'a')}), 1, 1)])\n"
        "except AuditError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "pip install 'waypost[release]'" in done.stdout


# Who finds what ---------------------------------------------------------------------------------


def told(piece: str, total: int, rolled: str = "", **printed: int) -> Told:
    return Told(tuple(piece.split()), total, printed, frozenset(rolled.split()))


TRUTH = {
    ("Q1", "sms"): 50, ("Q1", "web"): 5, ("Q1", "not_asked"): 15,
    ("Q2", "sms"): 60, ("Q2", "web"): 40, ("Q2", "not_asked"): 20,
}  # fmt: skip
FIRST = told("Q1", 70, "web not_asked", sms=50)
SECOND = told("Q2", 120, sms=60, web=40, not_asked=20)


def test_a_release_that_hides_well_is_let_through() -> None:
    assert derivable([], [FIRST], VIEW, TRUTH) == []
    assert derivable([FIRST], [SECOND], VIEW, TRUTH) == []


def test_the_reader_finds_a_cell_by_subtracting_releases() -> None:
    year = told("Q1 Q2", 190, sms=110, web=45, not_asked=35)
    assert cells_of("Q1", "web") in derivable([FIRST, SECOND], [year], VIEW, TRUTH)
    rolled = told("Q1 Q2", 190, "web not_asked", sms=110)
    assert derivable([FIRST, SECOND], [rolled], VIEW, TRUTH) == []


def test_the_reader_finds_a_lone_cell_that_was_rolled_up() -> None:
    alone = told("Q1", 70, "web", sms=50, not_asked=15)
    assert derivable([], [alone], VIEW, TRUTH) == [cells_of("Q1", "web")]


def test_the_insider_finds_a_cell_whose_only_companion_is_a_known_zero() -> None:
    counts = {**TRUTH, ("Q1", "sms"): 65, ("Q1", "not_asked"): 0}
    hidden = told("Q1", 70, "web not_asked", sms=65)
    assert derivable([], [hidden], VIEW, counts) == [cells_of("Q1", "web")]


def test_the_insider_knows_nothing_of_how_large_other_values_are() -> None:
    """What joins small cells is chosen without a look at its size, so no number bounds it."""
    counts = {("Q1", "sms"): 11, ("Q1", "web"): 10, ("Q1", "not_asked"): 10}
    hidden = told("Q1", 31, "web not_asked", sms=11)
    assert derivable([], [hidden], VIEW, counts) == []


def test_the_guesser_finds_what_a_whole_tells_about_its_parts() -> None:
    """Small in three quarters and 27 together: each is 7 to 10, for who knows that it is small."""
    view = View("need", ("a", "b", "c", "d"))
    counts: dict[tuple[str, str], int] = {}
    quarters = []
    for name in ("Q1", "Q2", "Q3"):
        counts |= {(name, "a"): 9, (name, "b"): 8, (name, "c"): 300, (name, "d"): 1}
        quarters.append(told(name, 318, "a b d", c=300))
    assert derivable(quarters[:2], quarters[2:], view, counts) == []
    year = told("Q1 Q2 Q3", 954, "b d", a=27, c=900)
    found = derivable(quarters, [year], view, counts)
    assert {cells_of(name, "a") for name in ("Q1", "Q2", "Q3")} <= {*found}
    rolled = told("Q1 Q2 Q3", 954, "a b d", c=900)
    assert derivable(quarters, [rolled], view, counts) == []


def test_a_total_below_eleven_tells_only_that() -> None:
    assert [*facts(Told(("2025",), None), VIEW)] == [
        Fact(frozenset(("2025", value) for value in VIEW.values), 0, 10)
    ]


def test_a_value_that_was_not_known_then_was_not_counted_then() -> None:
    view = View("channel", (*VIEW.values, "pigeon"))
    assert exactly([("Q2", "pigeon")], 0) in [*facts(SECOND, view)]


def cells_of(piece: str, value: str) -> Cells:
    return frozenset({(piece, value)})
