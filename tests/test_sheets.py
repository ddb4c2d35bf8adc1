"""Review sheets: what a native speaker reads and fills in, and how it comes back."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import po, sheets
from bot.cli import main
from bot.model import Source, TextId
from tests.conftest import ROOT

ID = "start/whom/ask"
CHANGED = "¿Para quién es la ayuda?"


@pytest.fixture
def locales(tmp_path: Path) -> Path:
    """The shipped Spanish catalog, to be changed."""
    shutil.copytree(ROOT / "locales" / "es", tmp_path / "locales" / "es")
    return tmp_path / "locales"


def run(locales: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["translate", "--locales", str(locales), *words])
    return result.exit_code, result.output


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def written(path: Path, *changed: dict[str, str]) -> Path:
    """A sheet with the rows that a reviewer has changed."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, sheets.COLUMNS)
        writer.writeheader()
        writer.writerows(changed)
    return path


def said(locales: Path, id: str = ID) -> po.Entry:
    file = po.read(locales / "es/LC_MESSAGES/waypost.po", "es", [])
    assert file is not None
    return next(entry for entry in file.entries if entry.id == id)


def test_a_sheet_has_every_shown_text_with_its_back_translation(
    locales: Path, tmp_path: Path
) -> None:
    code, _ = run(locales, "sheet", "es", "--out", str(tmp_path / "es.csv"))
    assert code == 0
    found = rows_of(tmp_path / "es.csv")
    assert len(found) > 200
    assert not [row for row in found if row["id"].endswith("/also")]
    assert all(row["english"] and row["better"] == "" for row in found)
    shown = [row for row in found if row["back_translation"]]
    assert len(shown) > 0.9 * len(found)


def test_a_back_translation_of_other_words_is_not_shown() -> None:
    text = Source("Hello", "start.yaml", 1, "the hello", 20)
    file = po.PoFile("es", (), (po.Entry(TextId("a"), "Hello", "Buenas"),))
    old = po.PoFile("back", (), (po.Entry(TextId("a"), "Hola", "Hi"),))
    assert sheets.rows(file, {TextId("a"): text}, old)[0].back == ""


def test_a_printed_sheet_shows_all_and_escapes_it(locales: Path, tmp_path: Path) -> None:
    code, _ = run(locales, "sheet", "es", "--out", str(tmp_path / "es.html"))
    page = (tmp_path / "es.html").read_text(encoding="utf-8")
    assert code == 0
    assert page.count("<section>") == len(sheets.rows(read_es(locales), sources(locales), None))
    assert "¿Quién necesita ayuda?" in page
    assert "Status: draft" in page
    row = sheets.Row(TextId("x"), "<b>", 0, "a & b", "<script>", "")
    assert "<script>" not in sheets.to_html([row], "es", "draft", "es", "ltr")  # type: ignore[arg-type]  # a plain tag will do


def read_es(locales: Path) -> po.PoFile:
    file = po.read(locales / "es/LC_MESSAGES/waypost.po", "es", [])
    assert file is not None
    return file


def sources(locales: Path) -> dict[TextId, Source]:
    return {entry.id: Source(entry.english, "x", 1) for entry in read_es(locales).entries}


def test_what_is_filled_in_comes_back(locales: Path, tmp_path: Path) -> None:
    row = {"id": ID, "better": "¿Para quién es la ayuda?", "comment": "softer"}
    sheet = written(tmp_path / "es.csv", row)
    code, told = run(locales, "take", "es", str(sheet))
    assert (code, told.splitlines()[-1]) == (0, "1 better texts and 1 comments taken")
    assert said(locales).said == "¿Para quién es la ayuda?"
    assert "Review: softer" in said(locales).comments


def test_a_reviewer_is_named_only_when_asked_for(locales: Path, tmp_path: Path) -> None:
    sheet, status = tmp_path / "es.csv", "X-Waypost-Status: {}"
    path = locales / "es/LC_MESSAGES/waypost.po"
    run(locales, "sheet", "es", "--out", str(sheet))
    run(locales, "take", "es", str(sheet))
    assert status.format("draft") in path.read_text(encoding="utf-8")
    named = ("--reviewer", "Ana Example", "--day", "2026-12-01")
    assert run(locales, "take", "es", str(sheet), *named)[0] == 0
    assert status.format("reviewed by Ana Example on 2026-12-01") in path.read_text("utf-8")


def test_nobody_has_read_what_their_sheet_did_not_show(locales: Path, tmp_path: Path) -> None:
    """A sheet in part, or of other words, is no review of the whole."""
    sheet, named = tmp_path / "es.csv", ("--reviewer", "Ana Example")
    run(locales, "sheet", "es", "--out", str(sheet))
    rows = rows_of(sheet)
    path = locales / "es/LC_MESSAGES/waypost.po"
    before = path.read_bytes()
    code, output = run(locales, "take", "es", str(written(sheet, *rows[1:])), *named)
    assert code == 2
    assert f"es.csv:1: '{rows[0]['id']}' is not in this sheet as it is now; make" in output
    assert path.read_bytes() == before
    better = written(
        sheet, *({**row, "better": CHANGED if row["id"] == ID else ""} for row in rows)
    )
    assert run(locales, "take", "es", str(better))[0] == 0
    assert run(locales, "take", "es", str(better), *named)[0] == 0
    old = written(sheet, *rows)
    assert f"'{ID}' is not in this sheet" in run(locales, "take", "es", str(old), *named)[1]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"id": "gone/text", "better": "x"}, "es.csv:2: there is no text 'gone/text'; make a new"),
        ({"id": ID, "better": "¿" + "a" * 400 + "?"}, "es.csv:2: 'start/whom/ask': 402 letters"),
        (
            {"id": "always/phrases/call", "better": "Llame"},
            "es.csv:2: 'always/phrases/call': {number} is missing in the translation",
        ),
    ],
)
def test_a_flaw_is_told_by_line_and_nothing_is_taken(
    row: dict[str, str], told: str, locales: Path, tmp_path: Path
) -> None:
    before = (locales / "es/LC_MESSAGES/waypost.po").read_bytes()
    code, output = run(locales, "take", "es", str(written(tmp_path / "es.csv", row)))
    assert code == 2
    assert told in output
    assert (locales / "es/LC_MESSAGES/waypost.po").read_bytes() == before


def test_a_sheet_without_its_first_line_is_told(locales: Path, tmp_path: Path) -> None:
    (tmp_path / "es.csv").write_text("some,thing\n1,2\n", encoding="utf-8")
    code, output = run(locales, "take", "es", str(tmp_path / "es.csv"))
    assert code == 2
    assert "es.csv:1: the column 'id' is missing" in output


def test_a_sheet_in_another_encoding_is_told(locales: Path, tmp_path: Path) -> None:
    (tmp_path / "es.csv").write_bytes("id,better,comment\r\nx,mañana,\r\n".encode("latin-1"))
    code, output = run(locales, "take", "es", str(tmp_path / "es.csv"))
    assert code == 2
    assert "save it as CSV in UTF-8" in output


def test_no_cell_is_a_formula() -> None:
    row = sheets.Row(TextId("x"), "", 0, "=1+1", "+1", "@a")
    text = sheets.to_csv([row])
    assert "'=1+1" in text
    assert "'+1" in text
    assert "'@a" in text
