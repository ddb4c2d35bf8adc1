"""A release as files: the same numbers in every form, and back again."""

from __future__ import annotations

import csv
import io
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.usage import forms
from bot.usage.model import OTHER, THRESHOLD, Release, Row, Table
from bot.usage.periods import parse
from tests.conftest import ROOT
from tests.usage_years import QUARTERS, YEAR, random_counts, release_all

MADE = Release(
    "2025-Q3",
    120,
    (
        Table("need", (Row("lawyer", 80), Row(OTHER, 40)), True, ("rolled_up",), ("food", "talk")),
        Table("shown", (Row("police", 100),), False, ("not_published",), ("rights",)),
    ),
    notes=("left_out",),
    left_out=("2025-08",),
)
FEW = Release("2024", None, (), ("fewer",))


@st.composite
def releases(draw: st.DrawFn) -> Release:
    """Any release that could have been published."""
    cell = st.one_of(st.just(0), st.integers(THRESHOLD, 10**6))
    word = st.text(min_size=1, max_size=12)
    total = draw(st.integers(THRESHOLD, 10**6))
    names = draw(st.lists(word, unique=True, max_size=3))
    tables = []
    for name in names:
        values = draw(st.lists(word, unique=True, min_size=1, max_size=4))
        numbers = [draw(cell) for _ in values[1:]]
        exclusive = total - sum(numbers) >= THRESHOLD
        first = total - sum(numbers) if exclusive else 0
        numbers = [n for n in numbers if n <= total] if not exclusive else numbers
        rows = tuple(Row(v, n) for v, n in zip(values, [first, *numbers], strict=False))
        words = draw(st.lists(word, max_size=2).map(tuple))
        tables.append(Table(name, rows, exclusive, words, words))
    left_out = draw(st.sampled_from([(), ("2025-Q1",), ("2025-01", "2025-02")]))
    period = draw(st.sampled_from(["2025", "2025-Q3", "2025-07"]))
    return Release(period, total, tuple(tables), ("a",), draw(st.booleans()), left_out)


@given(releases())
def test_what_is_kept_reads_back_as_it_was(made: Release) -> None:
    text = forms.to_json(made)
    assert forms.from_json(text) == made
    assert forms.to_json(forms.from_json(text)) == text


def test_a_year_that_says_only_fewer_reads_back_as_it_was() -> None:
    assert forms.from_json(forms.to_json(FEW)) == FEW


def broken(**changed: Any) -> str:
    return json.dumps({**json.loads(forms.to_json(MADE)), **changed})


def table(**changed: Any) -> list[dict[str, Any]]:
    return [{**json.loads(forms.to_json(MADE))["tables"][0], **changed}]


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", "{}", "[" * 100_000, '{"format": 1}',
        broken(format=2), broken(period="2025-13"), broken(period=2025),
        broken(total=5), broken(total="120"), broken(total=True), broken(total=None),
        broken(total=121), broken(tables=table(rows=[{"value": "lawyer", "n": 120.0}])),
        broken(tables=table(rows=[{"value": "lawyer", "n": 115}, {"value": "food", "n": 5}])),
        broken(tables=table(rows=[{"value": "a", "n": 60}, {"value": "a", "n": 60}])),
        broken(tables=table(rows=[{"value": "", "n": 120}])),
        broken(tables=table(exclusive="yes")), broken(tables=[*table(), *table()]),
        broken(tables=table(exclusive=False, rows=[{"value": "a", "n": 121}])),
        broken(notes="left_out"), broken(left_out=["last week"]),
    ],
)  # fmt: skip
def test_a_document_that_could_not_have_been_published_is_refused_whole(text: str) -> None:
    with pytest.raises(forms.FormatError) as caught:
        forms.from_json(text)
    assert not any(letter.isdigit() for letter in str(caught.value)), "an error repeats no number"


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def some_year() -> list[Release]:
    made, _ = release_all(random_counts(random.Random(4), 9_000), 2_000, [*QUARTERS, YEAR])
    assert len(made) == 5
    return made


def test_csv_and_json_say_the_same_numbers() -> None:
    for made in some_year():
        document = json.loads(forms.to_json(made))
        expected = {("conversation", "started"): str(document["total"])} | {
            (t["dimension"], r["value"]): str(r["n"])
            for t in document["tables"]
            for r in t["rows"]
        }
        rows = read(forms.to_csv([made]))
        assert {(row["dimension"], row["value"]): row["n"] for row in rows} == expected
        assert len(rows) == len(expected)
        files = forms.to_csv_files(made)
        found = {
            (name.split("-")[-1].removesuffix(".csv"), row["value"]): row["n"]
            for name, text in files.items()
            for row in read(text)
            if row["value"] != forms.TOTAL_ROW
        }
        assert found == {k: n for k, n in expected.items() if k[0] != "conversation"}
        assert {read(text)[-1]["n"] for text in files.values()} == {str(made.total)}


def test_tables_add_up_in_the_csv_as_in_the_release() -> None:
    made = some_year()
    rows = read(forms.to_csv(made))
    totals = {row["period"]: int(row["n"]) for row in rows if row["dimension"] == "conversation"}
    assert totals[YEAR] == sum(totals[quarter] for quarter in QUARTERS)
    for period, total in totals.items():
        for name in ("channel", "need", "source"):
            cells = [
                int(row["n"])
                for row in rows
                if (row["period"], row["dimension"]) == (period, name)
            ]
            assert sum(cells) == total


def test_a_share_is_of_two_published_numbers() -> None:
    rows = read(forms.to_csv([MADE, FEW]))
    assert [row["share"] for row in rows] == ["100.0", "66.7", "33.3", "83.3", ""]
    assert rows[-1]["n"] == ""
    assert forms.share(None, 100) == forms.share(20, None) == ""


def test_a_release_without_tables_has_one_file_with_its_total() -> None:
    files = forms.to_csv_files(Release("2025-Q1", 300, ()))
    assert [*files] == ["2025-Q1-conversation.csv"]
    assert [row["n"] for row in read(*files.values())] == ["300"]


@given(st.text(max_size=6), st.sampled_from("=+-@\t\r\n"))
def test_no_cell_of_a_csv_begins_like_a_formula(text: str, first: str) -> None:
    bad = Release("2025", 20, (Table(first + text, (Row(first + text, 20),)),))
    whole = forms.to_csv([bad], lambda _dimension, value: " " + first + value)
    parts = forms.to_csv_files(bad, lambda _dimension, value: first + value).values()
    cells = [cell for made in (whole, *parts) for row in read(made) for cell in row.values()]
    assert len(cells) > 10
    assert not [
        cell for cell in cells if cell.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")
    ]


def test_letters_of_every_script_survive() -> None:
    words = {"lawyer": "abogado, ñ", OTHER: "אחר", "police": '"警察"'}
    text = forms.to_csv([MADE], lambda _dimension, value: words.get(value, value))
    assert [row["label"] for row in read(text)][1:] == [*words.values()]


def test_a_demonstration_says_so_in_every_row() -> None:
    made = Release("2025", 120, MADE.tables, demo=True)
    for text in (forms.to_csv([made]), *forms.to_csv_files(made).values()):
        assert {row["demo"] for row in read(text)} == {"DEMO"}
    assert "demo" not in read(forms.to_csv([MADE]))[0]


def test_other_is_named_as_an_answer_only_where_nothing_was_rolled_up() -> None:
    def label(dimension: str, value: str) -> str:
        return f"{dimension}:{value}"

    plain = Table("source", (Row(OTHER, 120),))
    rolled = Table("source", (Row(OTHER, 120),), within=("clinic", OTHER))
    assert forms.row_label(plain, OTHER, label) == "source:other"
    assert forms.row_label(rolled, OTHER, label) == ":other"


def test_the_page_about_the_files_names_every_field_and_column() -> None:
    page = (ROOT / "docs" / "released-files.md").read_text(encoding="utf-8")
    document = json.loads(forms.to_json(MADE))
    names = {*document, *document["tables"][0], *document["tables"][0]["rows"][0]}
    names |= {*forms.COLUMNS, *forms.TABLE_COLUMNS}
    assert len(names) > 10
    assert not [name for name in names if f"`{name}`" not in page]


def test_the_example_of_the_page_about_the_files_is_a_release() -> None:
    page = (ROOT / "docs" / "released-files.md").read_text(encoding="utf-8")
    example = page.split("```json\n")[1].split("```")[0]
    made = forms.from_json(example)
    assert parse(made.period).kind == "quarter"
    assert forms.to_json(made) == example
