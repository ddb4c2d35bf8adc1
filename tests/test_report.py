"""The report and the words of usage: complete, from published numbers only, one file, on paper."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from itertools import chain, pairwise
from pathlib import Path
from shutil import which

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.load import Program
from bot.usage import drawing, forms, report, views, words
from bot.usage.model import NOT_ASKED, OTHER, SHOWN, Release, Row, Table
from bot.usage.report import Matter
from bot.usage.store import Sqlite
from tests.conftest import ROOT, TODAY
from tests.pages import Page
from tests.released import BEFORE, EVERY, FEW, QUARTERS, TABLES, YEAR, table

WORDS = words.load(ROOT / "flows")
LAND = views.land(ROOT / "flows")


READS_PDF = pytest.mark.skipif(
    not which("pdftotext") and not os.environ.get("CI"), reason="poppler-utils reads a PDF"
)


@pytest.fixture(scope="module")
def found(shipped: Program) -> Matter:
    return report.matter(shipped, WORDS, ROOT / "flows", TODAY)


@pytest.fixture(scope="module")
def html(found: Matter) -> str:
    return report.page(YEAR, EVERY, found)


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d[\d,]*", text))


# The words --------------------------------------------------------------------------------


def test_every_counted_answer_has_words_a_definition_and_a_caption(shipped: Program) -> None:
    counted = [answer for answer in shipped.book.answers.values() if answer.counted]
    assert {"need", "region", "channel", SHOWN} <= {answer.name for answer in counted}
    for answer in counted:
        for key in ("title", "definition", "caption"):
            assert len(WORDS.say(f"dimensions/{answer.name}/{key}")) > 4
        for value in (*answer.values, OTHER, NOT_ASKED):
            said = views.label(WORDS, answer.name, value)
            assert said
            assert "_" not in said
            assert said != value or answer.name in ("region", "channel", "shown", "source"), value


def test_words_are_kept_for_nothing_that_is_not_counted(shipped: Program) -> None:
    for dimension in {key.split("/")[1] for key in WORDS.said if key.startswith("dimensions/")}:
        answer = shipped.book.answers[dimension]
        assert answer.counted
        named = WORDS.section(f"dimensions/{dimension}/values")
        assert set(named) <= set(answer.values), dimension


def test_every_note_of_a_release_has_a_sentence() -> None:
    source = (ROOT / "bot" / "usage" / "release.py").read_text(encoding="utf-8")
    keys = set(WORDS.section("notes"))
    assert len(keys) >= 5
    for key in keys:
        assert f'"{key}"' in source, f"nothing says '{key}'"


def test_a_sentence_that_is_missing_is_named_and_never_empty() -> None:
    with pytest.raises(words.MissingWordsError, match="page/nothing"):
        WORDS.say("page/nothing")
    with pytest.raises(words.MissingWordsError, match="summary/total"):
        WORDS.say("summary/total")


# What a reader is told --------------------------------------------------------------------


def test_a_summary_is_four_to_six_sentences_and_every_number_stands_in_a_table() -> None:
    told = list(views.summary(YEAR, EVERY, WORDS))
    assert 4 <= len(told) <= 6
    cells = [row.n for each in YEAR.tables for row in each.rows] + [1400, 1000, 2026, 2025]
    shares = [round(100 * n / 1400) for n in cells]
    known = {f"{n:,}" for n in cells} | {str(n) for n in (*cells, *shares)}
    assert len(numbers(" ".join(told))) > 8
    assert numbers(" ".join(told)) <= known


def test_a_summary_says_what_is_most_and_never_calls_other_an_answer() -> None:
    many = table("need", ("lawyer", 20), ("food", 30), (OTHER, 600), (NOT_ASKED, 750))
    told = " ".join(views.summary(Release("2026", 1400, (many,)), (), WORDS))
    assert "food" in told
    assert told.index("food") < told.index("a lawyer")
    assert "600" not in told
    assert "750" not in told


@pytest.mark.parametrize(
    ("before", "key"), [(1000, "more"), (1400, "same"), (1380, "same"), (2000, "less"), (None, "")]
)
def test_a_year_is_compared_with_the_one_before_only_where_that_was_told(
    before: int | None, key: str
) -> None:
    told = next(views.summary(YEAR, [replace(BEFORE, total=before)], WORDS))
    wanted = f" {WORDS.say(f'summary/{key}', before='2025', n=f'{before:,}')}" if key else ""
    assert told == WORDS.say("summary/total", total="1,400", period="2026") + wanted


def test_of_few_conversations_nothing_is_told_but_that() -> None:
    view = views.view(FEW, EVERY, WORDS, LAND)
    assert view.summary == (WORDS.say("summary/fewer", period="2024"),)
    assert view.sections == ()


def test_every_published_number_stands_in_its_table_with_its_share() -> None:
    view = views.view(YEAR, EVERY, WORDS, LAND)
    sections = {each.id: each for each in view.sections}
    assert [each.dimension for each in TABLES] == list(sections)[1:]
    for each in TABLES:
        shown = [line.cells[0] for line in sections[each.dimension].lines]
        assert shown == [f"{row.n:,}" for row in each.rows if row.n or row.value != NOT_ASKED]
        total = sections[each.dimension].total
        assert total is not None
        assert total.cells[0] == "1,400"


def test_quarters_are_shown_with_their_year_and_sum_to_it() -> None:
    (section, *_) = views.view(YEAR, EVERY, WORDS, LAND).sections
    assert section.id == "quarters"
    told = [int(line.cells[0].replace(",", "")) for line in section.lines]
    assert told == [each.total for each in QUARTERS]
    assert sum(told) == YEAR.total


@pytest.mark.parametrize(
    ("n", "total", "said"),
    [(0, 200, "0%"), (1, 1000, "under 1%"), (500, 1000, "50%"), (12, 87, "12 of 87")],
)
def test_shares_have_no_false_precision(n: int, total: int, said: str) -> None:
    assert views.share(WORDS, n, total) == said


def test_the_newest_period_comes_first_and_a_year_before_its_quarters() -> None:
    order = [each.period for each in views.newest_first(EVERY)]
    assert order == ["2026", "2026-Q4", "2026-Q3", "2026-Q2", "2026-Q1", "2025", "2024"]


def test_an_answer_that_is_called_other_is_no_rolled_up_row() -> None:
    own = Table("source", (Row("clinic", 40), Row(OTHER, 20)))
    rolled = replace(own, within=("shop", "online"), notes=("rolled_up",))
    labels = {views.label(WORDS, "source", OTHER, each) for each in (own, rolled)}
    assert labels == {
        WORDS.say("dimensions/source/values/other"), WORDS.say("special/other_kind"),
    }  # fmt: skip
    kinds = [
        views.section(each, Release("2026", 60, (each,)), WORDS, LAND).lines[1].kind
        for each in (own, rolled)
    ]
    assert kinds == ["value", "rest"]


def test_what_has_no_row_of_its_own_is_named() -> None:
    need = next(each for each in TABLES if each.dimension == "need")
    notes = " ".join(views.section(need, YEAR, WORDS, LAND).notes)
    assert "food" in notes
    assert "a doctor" in notes


# The report as a page -----------------------------------------------------------------------


def test_the_report_is_one_file_with_nothing_from_outside(html: str) -> None:
    assert len(html) > 50_000
    assert not re.search(r"<link|<script|<img|<iframe|@import|src=|javascript:|\son\w+=", html)
    assert set(re.findall(r"https?://[^\"'<\s)]+", html)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"url\(", html)


def test_every_dimension_has_a_picture_a_table_and_its_definition(html: str) -> None:
    page = Page(html.replace("<!doctype html>", ""))
    ids = {each.attrs.get("id") for each in page.elements}
    text = unescape(html)
    for each in TABLES:
        assert f"2026-{each.dimension}" in ids
        assert f"2026-{each.dimension}-0-title" in ids
        assert WORDS.say(f"dimensions/{each.dimension}/definition") in text
    assert len(page.all("caption")) >= len(TABLES)
    assert len(ids - {None}) == len([e for e in page.elements if "id" in e.attrs])


def test_definitions_unknowns_and_privacy_are_all_there(html: str) -> None:
    text = unescape(html)
    for key in ("definitions", "unknown", "privacy"):
        assert len(WORDS.section(key)) >= 5
        for sentence in WORDS.section(key).values():
            assert sentence in text


def test_headings_have_no_gaps_and_pictures_say_what_they_show(html: str) -> None:
    levels = [int(each) for each in re.findall(r"<h(\d)", html)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - level <= 1 for level, later in pairwise(levels))
    assert html.count("<svg") == html.count('role="img"') == html.count("<desc") >= 10


def test_a_number_is_printed_only_if_it_was_published_or_is_of_the_directory(
    html: str, found: Matter
) -> None:
    """What the page of the usage part says, before the supply gaps begin."""
    usage = html[html.index("<main>") : html.index('class="chapter"')]
    plain = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", usage, flags=re.DOTALL)
    cells = [row.n for each in YEAR.tables for row in each.rows]
    cells += [1400, 1000, *(each.total or 0 for each in QUARTERS)]
    known = {f"{n:,}" for n in cells} | {str(round(100 * n / 1400)) for n in cells}
    known |= {"2024", "2025", "2026", "911", "18", "1", "10", "11"}
    for sentence in found.gaps.headlines:
        known |= numbers(sentence)
    assert len(numbers(plain)) > 20
    assert numbers(plain) <= known


# On paper -----------------------------------------------------------------------------------


def pages_of(pdf: Path) -> Iterator[str]:
    """The text of each page."""
    done = subprocess.run(
        [which("pdftotext") or "pdftotext", "-layout", str(pdf), "-"],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    return iter(done.stdout.split("\f")[:-1])


@READS_PDF
def test_the_pdf_is_letter_numbered_and_marked_on_every_page(
    found: Matter, tmp_path: Path
) -> None:
    demo = replace(YEAR, demo=True)
    for release, marks in ((demo, 2), (YEAR, 0)):
        path = tmp_path / f"{marks}.pdf"
        report.write([release], path, "2026", found)
        told = subprocess.run(["pdfinfo", str(path)], capture_output=True, check=True, text=True)  # noqa: S607  poppler's, wherever it is
        assert re.search(r"Page size: +612 x 792 pts \(letter\)", told.stdout)
        texts = list(pages_of(path))
        assert len(texts) > 5
        for number, text in enumerate(texts, 1):
            assert re.search(rf"\b{number}\s*/\s*{len(texts)}\b", text)
            assert text.count("DEMO") >= marks if marks else "DEMO" not in text


@READS_PDF
def test_no_page_ends_with_a_heading(found: Matter, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    report.write(EVERY, path, "2026", found)
    headings = [views.view(YEAR, EVERY, WORDS, LAND).sections, found.gaps.sections]
    titles = {each.title for each in chain(*headings)}
    titles |= {WORDS.say(f"page/{key}") for key in ("gaps", "unknown", "privacy", "definitions")}
    seen = 0
    for text in pages_of(path):
        lines = [line.strip() for line in text.splitlines() if line.strip()][:-1]  # the foot
        seen += sum(line in titles for line in lines)
        assert lines[-1] not in titles, lines[-1]
    assert seen > 10


# Asked for wrongly, or where it cannot be drawn -----------------------------------------------


def test_a_wrong_form_and_an_unpublished_period_are_told(found: Matter, tmp_path: Path) -> None:
    for name, period, told in (("r.docx", "2026", "r.docx"), ("r.html", "2023", "2023")):
        with pytest.raises(report.ReportError, match=told):
            report.write(EVERY, tmp_path / name, period, found)
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_the_report_says_what_to_install(
    found: Matter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "weasyprint", None)
    with pytest.raises(report.ReportError, match=r"waypost\[report\]"):
        report.write(EVERY, tmp_path / "r.pdf", "2026", found)
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    with pytest.raises(report.ReportError, match="libpango"):
        report.write(EVERY, tmp_path / "r.html", "2026", found)
    with pytest.raises(drawing.NotInstalledError):
        report.page(YEAR, EVERY, found)
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_names_something_outside_is_not_made() -> None:
    with pytest.raises(ValueError, match="outside"):
        report._nothing_outside("https://example.org/logo.png")


@pytest.mark.full
def test_the_command_writes_the_report_of_a_release_once_more(
    shipped: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Sqlite(tmp_path / "counts.db", shipped.book.bits)
    store.keep("2025", forms.to_json(BEFORE))
    store.close()
    monkeypatch.setenv("WAYPOST_COUNTS", str(tmp_path / "counts.db"))
    monkeypatch.setenv("WAYPOST_FLOWS", str(ROOT / "flows"))
    monkeypatch.setenv("WAYPOST_LOCALES", str(ROOT / "locales"))
    path = tmp_path / "report.html"
    result = CliRunner().invoke(main, ["release", "2025", "--report", str(path)])
    assert result.exit_code == 0, result.output
    assert WORDS.say("report/title", period="2025") in path.read_text(encoding="utf-8")
