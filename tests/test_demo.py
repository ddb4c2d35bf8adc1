"""The demo year: real conversations, made-up people, and never among real counts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.load import Program
from bot.model import Ask, StepId
from bot.usage import demo, forms, periods
from bot.usage.model import THRESHOLD, TOTAL
from bot.usage.store import Sqlite, open_store
from tests.conftest import ROOT

YEAR = periods.parse("2025")


def counts(program: Program, path: Path, many: int, seed: int) -> list[tuple[str, str, str, int]]:
    store = Sqlite(path, program.book.bits, demo=True)
    held = list(demo.year(program, store, YEAR, many, seed))
    rows = sorted(store.rows())
    store.close()
    assert len(held) == many
    return rows


def test_the_same_seed_gives_the_same_counts_and_another_gives_others(
    shipped: Program, tmp_path: Path
) -> None:
    one = counts(shipped, tmp_path / "1", 150, 7)
    assert len(one) > 100
    assert counts(shipped, tmp_path / "2", 150, 7) == one
    assert counts(shipped, tmp_path / "3", 150, 8) != one


def test_every_conversation_is_counted_in_its_month(shipped: Program, tmp_path: Path) -> None:
    rows = counts(shipped, tmp_path / "1", 240, 1)
    started = {month: n for month, *fact, n in rows if tuple(fact) == TOTAL}
    assert sum(started.values()) == 240
    assert list(started.values()) == demo.spread(240)
    channels = sum(n for _, dimension, _, n in rows if dimension == "channel")
    assert channels == 240


def test_a_demonstration_has_common_answers_and_rare_ones(
    shipped: Program, tmp_path: Path
) -> None:
    """As in life: else its tables would show nothing of what rolling up does to real ones."""
    rows = counts(shipped, tmp_path / "1", 1_500, 1)
    for dimension in ("need", "language"):
        sums = Counter[str]()
        for _, name, value, n in rows:
            sums[value] += n if name == dimension else 0
        found = sorted((n for n in sums.values() if n), reverse=True)
        assert len(found) > 8
        assert found[0] > 10 * found[-3]
        assert found[-1] < THRESHOLD


def test_every_wish_is_an_answer_and_every_answer_of_these_is_wished_for(
    shipped: Program,
) -> None:
    assert demo.WISHES
    for name, values in demo.WISHES.items():
        assert set(values) == set(shipped.book.answers[name].values)


def test_what_somebody_wishes_for_is_what_they_say(shipped: Program) -> None:
    """Wherever it stands in the menus, also two questions away."""
    crowd = demo.Crowd(shipped, Random(1))
    said = crowd.choices
    for need in demo.WISHES["need"]:
        wishes, step, label = {"need": need}, shipped.book.steps[StepId("what/mine")], ""
        for _ in range(demo.QUESTIONS):
            if wishes and isinstance(step, Ask):
                digit = int(crowd.choose([each.label for each in step.choices], wishes))
                label = step.choices[digit - 1].label.id
                step = shipped.book.steps[said[label].go]
        assert ("need", need) in said[label].sets


def test_the_months_of_a_year_add_up() -> None:
    for many in (1, 11, 3000, 99_991):
        assert sum(demo.spread(many)) == many
        assert len(demo.spread(many)) == 12


def test_made_up_counts_never_enter_a_real_store(shipped: Program, tmp_path: Path) -> None:
    store = Sqlite(tmp_path / "real.db", shipped.book.bits)
    with pytest.raises(ValueError, match="demonstration"):
        next(demo.year(shipped, store, YEAR, 10, 1))
    assert store.rows() == []
    store.close()


def run(*args: str) -> tuple[int, str]:
    folders = ("--flows", str(ROOT / "flows"), "--locales", str(ROOT / "locales"))
    result = CliRunner().invoke(main, ["demo-year", *folders, *args])
    return result.exit_code, result.output


@pytest.mark.full
def test_the_command_makes_a_marked_database_with_its_releases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    path = tmp_path / "demo.db"
    code, said = run("--conversations", "600", "--to", str(path), "--year", "2025")
    assert code == 0, said
    assert str(path) in said
    store = open_store(str(path), make=False)
    made = [forms.from_json(each) for each in store.releases()]
    assert store.demo
    store.close()
    assert [each.period for each in made] == ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2025"]
    assert all(each.demo for each in made)
    *quarters, year = made
    assert year.total == sum(each.total or 0 for each in quarters) == 600
    spoken = next(table for table in year.tables if table.dimension == "language")
    assert sum(row.n for row in spoken.rows) == 600
    assert {row.value for row in spoken.rows} >= {"en", "es"}
    need = next(table for table in year.tables if table.dimension == "need")
    assert need.within, "some needs are rare"
    assert len(need.rows) > 8, "and the others keep their rows"


def test_a_database_that_is_there_is_never_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    path = tmp_path / "counts.db"
    path.write_bytes(b"what somebody keeps")
    code, said = run("--conversations", "5", "--to", str(path))
    assert code == 1
    assert "exists" in said
    assert path.read_bytes() == b"what somebody keeps"
