"""Supply gaps: what the survey says is what the referral would do, and it adds up."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.findings import Findings
from bot.load import Program
from bot.matching import OUTSIDE
from bot.model import AGES, SOURCE, Book, Place
from bot.referral import best, better
from bot.usage import gaps, supply, views, words
from bot.usage.gaps import ENGLISH, HELP_LINE, KINDS, NEAR, REACH, Supply
from tests.conftest import ROOT, TODAY

WORDS = words.load(ROOT / "flows")
LAND = views.land(ROOT / "flows")


@pytest.fixture(scope="module")
def found(shipped: Program) -> Supply:
    return gaps.survey(shipped)


def without(program: Program, need: str, keep: str = "") -> Program:
    """The program with nobody for a need, or only for one town."""
    offers = {
        key: groups
        for key, groups in program.book.offers.items()
        if key[0] != need or (keep and key[1] == keep)
    }
    book: Book = replace(program.book, offers=offers)
    return replace(program, book=book)


def test_every_combination_is_looked_at_once(found: Supply, shipped: Program) -> None:
    needs = shipped.book.answers["need"].values
    towns = [id for id, row in shipped.book.directory.towns.items() if row.town == id]
    assert len(towns) == 169
    every = product([*towns, OUTSIDE], needs, AGES, shipped.catalog.languages)
    seen = [(each.town, each.need, each.age, each.language) for each in found.found]
    assert sorted(seen) == sorted(every)


def test_towns_that_share_an_answer_have_the_same_one_looked_up_alone(
    found: Supply, shipped: Program
) -> None:
    checked = found.found[::53]
    assert len(checked) > 200
    for each in checked:
        alone = gaps._reached(shipped.book, each.need, each.town, each.age, each.language)
        assert (each.reach, each.spoken) == alone, each


@pytest.mark.full
def test_the_survey_and_waypost_prove_agree_on_who_has_only_the_help_line(
    shipped: Program,
) -> None:
    """Also where a need has nobody: the two never tell a council different things."""
    for program in (
        shipped,
        without(shipped, "talk"),
        without(shipped, "cannot_leave", "Hartford"),
    ):
        alone = gaps.only_help_line(gaps.survey(program))
        prove = Findings(program).referrals()
        assert len(alone) >= 18
        whole = {row.town for row in program.book.directory.towns.values()} | {OUTSIDE}
        counted = sum(1 for each in alone if each.town in whole)
        parts = [id for id, row in program.book.directory.towns.items() if row.town != id]
        shared = sum(
            1
            for part in parts
            for each in alone
            if each.town == program.book.directory.towns[part].town
        )
        assert counted + shared == sum(prove.values())


def test_where_nobody_is_left_it_is_the_first_gap_with_all_residents(shipped: Program) -> None:
    lacking = gaps.survey(without(shipped, "talk"))
    first = gaps.gaps(lacking)[0]
    assert (first.kind, first.need, first.residents) == (HELP_LINE, "talk", 3_605_944)
    assert first.ages == AGES
    assert first.languages == shipped.catalog.languages
    kind, numbers = gaps.by_town(lacking)
    assert kind == HELP_LINE
    assert set(numbers.values()) == {1}


def test_a_gap_in_one_town_less_has_the_residents_of_the_others(shipped: Program) -> None:
    lacking = gaps.survey(without(shipped, "cannot_leave", "Hartford"))
    first = gaps.gaps(lacking)[0]
    assert (first.kind, first.need) == (HELP_LINE, "cannot_leave")
    hartford = shipped.book.directory.towns[Place("Hartford")]
    assert first.residents == 3_605_944 - hartford.population
    assert "Hartford" not in first.towns


def test_gaps_put_together_hold_every_single_gap_once(found: Supply) -> None:
    single = {
        (each.gap, each.need, each.age, each.language, each.town)
        for each in found.found
        if each.gap and (each.town != OUTSIDE or each.gap == HELP_LINE)
    }
    together = [
        (gap.kind, gap.need, age, language, town)
        for gap in gaps.gaps(found)
        for age, language, town in product(gap.ages, gap.languages, gap.towns)
    ]
    assert len(single) > 1000
    assert sorted(together) == sorted(single)


def test_the_most_serious_kind_comes_first_then_the_most_residents(found: Supply) -> None:
    order = [(KINDS.index(gap.kind), -gap.residents) for gap in gaps.gaps(found)]
    assert len({kind for kind, _ in order}) >= 3
    assert order == sorted(order)


def test_shares_of_residents_and_of_languages_are_whole(found: Supply) -> None:
    for shares in (*gaps.nearness(found).values(), *gaps.speech(found).values()):
        assert sum(shares) == pytest.approx(1)
    assert gaps.speech(found)[SOURCE][gaps.SPOKEN.index(ENGLISH)] == 0


def test_a_need_that_every_town_has_is_near_everywhere(found: Supply) -> None:
    assert gaps.nearness(found)["cannot_leave"] == (1, 0, 0, 0)
    assert not any("cannot_leave" in needs for needs in gaps.by_region(found).values())


def test_residents_are_counted_once_though_a_town_has_parts(found: Supply) -> None:
    assert len(found.residents) == 169
    assert found.people(found.residents) == 3_605_944  # the 2020 Census


def test_the_council_reads_sentences_and_never_a_name_of_the_files(found: Supply) -> None:
    told = supply.Teller(found, WORDS, LAND).gaps(TODAY)
    assert 2 <= len(told.headlines) <= 4
    assert len(told.largest) == gaps.LARGEST
    every = [*told.headlines, *told.largest]
    every += [c for s in told.sections for line in s.lines for c in (line.label, *line.cells)]
    assert len(every) > 300
    for sentence in every:
        assert "_" not in sentence
        assert "{" not in sentence
        assert sentence[:1] == sentence[:1].upper() or sentence in every[13:]
    assert "All of Connecticut" not in told.headlines[0]


def test_the_survey_knows_nothing_of_usage() -> None:
    """Rule 1: it would tell what somebody asked for."""
    for name in ("gaps", "supply"):
        source = (ROOT / "bot" / "usage" / f"{name}.py").read_text(encoding="utf-8")
        assert "Release" not in source
        assert "store" not in source.lower().replace("restored", "")


# The command --------------------------------------------------------------------------------


def run(*args: str) -> tuple[int, str]:
    folders = ("--flows", str(ROOT / "flows"), "--locales", str(ROOT / "locales"))
    result = CliRunner().invoke(main, ["gaps", *folders, *args])
    return result.exit_code, result.output


def test_the_command_tells_writes_csv_and_draws(tmp_path: Path, found: Supply) -> None:
    table, svg = tmp_path / "gaps.csv", tmp_path / "gaps.svg"
    code, said = run("--csv", str(table), "--picture", str(svg))
    assert code == 0, said
    assert "10. " in said
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))))
    assert len(rows) == sum(bool(each.gap) for each in found.found)
    assert tuple(rows[0]) == gaps.COLUMNS
    assert {row["nearest"] for row in rows} <= set(REACH)
    assert not any(row["gap"] == "state" and row["nearest"] == NEAR for row in rows)
    assert svg.read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.full
def test_the_command_draws_for_a_document_too(tmp_path: Path) -> None:
    png = tmp_path / "gaps.png"
    assert run("--picture", str(png))[0] == 0
    assert png.read_bytes().startswith(b"\x89PNG")


def test_one_need_alone_can_be_asked_for_and_a_wrong_one_is_named() -> None:
    code, said = run("--need", "food")
    assert code == 0
    assert "1 needs" in said or "Food" in said
    assert "lawyer" not in said.lower()
    code, said = run("--need", "fodo")
    assert code == 2
    assert "'fodo'" in said
    code, said = run("--picture", "gaps.jpg")
    assert code == 2


def test_the_best_of_a_list_decides_and_a_doubtful_record_does_not(shipped: Program) -> None:
    """A record nobody is sure of is no way out of a gap."""
    offers = best(
        shipped.book, "talk", "Hartford", "adult", shipped.catalog.languages[0], gaps.NOON
    )
    assert offers
    doubtful = [replace(each, doubtful=True) for each in offers]
    assert better(shipped.book, offers)
    assert not better(shipped.book, doubtful)
