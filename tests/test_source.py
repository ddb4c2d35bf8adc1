"""Promises about reading: a scalar is what was typed, a line is where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.source import FilesError, Node, Problem, Spot, read_csv, read_text, read_yaml

NAME = "x.yaml"


def read(folder: Path, held: str | bytes) -> tuple[Node, list[str]]:
    path = folder / NAME
    path.write_bytes(held if isinstance(held, bytes) else held.encode())
    problems: list[Problem] = []
    return read_yaml(path, NAME, problems), [str(problem) for problem in problems]


@pytest.mark.parametrize(
    "typed",
    ["no", "yes", "on", "true", "null", "~", "+18605550123", "09:00", "0123", "0x1F", "0o7", "1e3",
     "1_000", "2026-11-22", "2026-11-22 10:00:00", ".inf", "12", "-", "<<", "=", "no # a comment"],
)  # fmt: skip
def test_a_word_that_yaml_would_guess_at_stays_the_text_that_was_typed(
    typed: str, tmp_path: Path
) -> None:
    if typed == "-":
        typed = '"-"'  # alone it begins a list
    node, problems = read(tmp_path, f"a: {typed}\nb: [{typed.partition(' #')[0]}]\n")
    wanted = typed.partition(" #")[0].strip('"')
    assert problems == []
    assert node.fields["a"] == Node(Spot(NAME, 1), "text", wanted)
    assert [item.text for item in node.fields["b"].items] == [wanted]


def test_a_name_that_yaml_would_guess_at_stays_the_name_that_was_typed(tmp_path: Path) -> None:
    node, problems = read(tmp_path, "no: x\n0123: y\n~: z\n")
    assert problems == []
    assert list(node.fields) == ["no", "0123", "~"]


def test_a_name_given_twice_is_told_and_the_first_is_kept(tmp_path: Path) -> None:
    node, problems = read(tmp_path, "a: 1\nb: 2\na: 3\n")
    assert problems == ["x.yaml:3: 'a' is given twice (first in line 1); keep one"]
    assert {name: each.text for name, each in node.fields.items()} == {"a": "1", "b": "2"}


def test_everything_knows_its_line(tmp_path: Path) -> None:
    held = "# a comment\na: x\n\nb:\n  c: >-\n    long\n    text\n  d: [y,\n    z]\n"
    node, problems = read(tmp_path, held)
    assert problems == []
    b = node.fields["b"]
    assert [node.keys["a"].line, node.keys["b"].line, b.keys["c"].line, b.keys["d"].line] == [
        2, 4, 5, 8,
    ]  # fmt: skip
    assert (b.fields["c"].text, b.fields["c"].spot) == ("long text", Spot(NAME, 5))
    assert [item.spot.line for item in b.fields["d"].items] == [8, 9]


YAML = "this is not readable as YAML ({}); check quotes, colons and indents"
UTF_8 = "this line has a letter that is not UTF-8; save the file as UTF-8"
UNPRINTABLE = "this line has an unprintable sign; remove it"
TAB = "this line begins with a tab; begin it with spaces"
EMPTY = "the file is empty; write it or remove it"
NO_NAME = "the file does not begin with a name and a colon; begin it as in: steps:"
DEEP = "the brackets of this file go too deep; write it as indented lines"
COLON = YAML.format("mapping values are not allowed in this context")
UNREADABLE = [
    ("bad UTF-8", b"a: x\nb: \xe9\n", 2, UTF_8),
    ("UTF-16", "a: x\n".encode("utf-16"), 1, UTF_8),
    ("NUL after other letters", "# éé\n#\n\na: \x00\n", 4, UNPRINTABLE),
    ("a tab", "a:\n\tb: x\n", 2, TAB),
    ("a quote left open", 'a: x\nb: "y\nc: z\n', 2, YAML.format("found unexpected end of stream")),
    ("a colon in a text", "a: x\nb: Call: now\n", 2, COLON),
    ("nothing", "", 1, EMPTY),
    ("a comment only", "# x\n", 1, EMPTY),
    ("an empty mapping", "{}\n", 1, EMPTY),
    ("a text", "hello\n", 1, NO_NAME),
    ("a list", "- a\n", 1, NO_NAME),
    ("two documents", "a: x\n---\nb: y\n", 2, YAML.format("but found another document")),
    ("brackets without end", "{a: " * 600 + "}" * 600, 1, DEEP),
    ("a reference to nothing", "a: *b\n", 1, YAML.format("found undefined alias")),
]


@pytest.mark.parametrize(
    ("held", "line", "what"), [case[1:] for case in UNREADABLE], ids=[c[0] for c in UNREADABLE]
)
def test_an_unreadable_file_is_one_problem_and_an_empty_node(
    held: str | bytes, line: int, what: str, tmp_path: Path
) -> None:
    node, problems = read(tmp_path, held)
    assert problems == [f"x.yaml:{line}: {what}"]
    assert node == Node(Spot(NAME, 1), "mapping")


@pytest.mark.parametrize("held", ["a: &x [*x]\n", "a: &x {b: *x}\n", "a: &x {b: c}\nd: *x\n"])
def test_a_reference_is_told_and_never_followed(held: str, tmp_path: Path) -> None:
    """It could run in a circle, and nobody who edits a flow expects it."""
    node, problems = read(tmp_path, held)
    line = held.count("\n")
    what = "'*' refers to another place of the file; write it out here instead"
    assert problems == [f"x.yaml:{line}: {what}"]
    assert node.fields


def test_a_missing_name_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    node, problems = read(tmp_path, "? [a]\n: x\n'': y\nb: z\n")
    assert problems == [
        "x.yaml:1: a name is missing before ':'; write one",
        "x.yaml:3: a name is missing before ':'; write one",
    ]
    assert list(node.fields) == ["b"]


def test_what_windows_writes_is_read_alike(tmp_path: Path) -> None:
    node, problems = read(tmp_path, b"\xef\xbb\xbfa: x\r\nb: y\r\n")
    assert problems == []
    assert [each.text for each in node.fields.values()] == ["x", "y"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert read_text(tmp_path / "none.yaml", "none.yaml", problems) == ""
    assert read_text(tmp_path, "folder", problems) == ""
    assert [str(problem) for problem in problems] == [
        "none.yaml:1: the file cannot be read (No such file or directory); check that it is there",
        "folder:1: the file cannot be read (Is a directory); check that it is there",
    ]


@given(st.text(alphabet=st.sampled_from("ab:-[]{}?&*!|>'\"%@`#,\n\t \x00\x85é")) | st.text())
def test_any_text_is_a_node_or_one_problem(
    tmp_path_factory: pytest.TempPathFactory, held: str
) -> None:
    node, problems = read(tmp_path_factory.getbasetemp(), held.encode("utf-8", "surrogatepass"))
    assert node.fields or problems


def test_the_rows_of_a_table_know_their_lines(tmp_path: Path) -> None:
    """A quoted cell may hold commas; a row with a cell too many is told, and the next is read."""
    path, problems = tmp_path / "t.csv", list[Problem]()
    path.write_text('a,b\n1, 2\n"x, y",z\n1,2,3\n4,5\n', encoding="utf-8")
    rows = list(read_csv(path, "t.csv", ("a", "b"), problems))
    assert [(spot.line, tuple(cells.values())) for spot, cells in rows] == [
        (2, ("1", "2")), (3, ("x, y", "z")), (5, ("4", "5")),
    ]  # fmt: skip
    assert [str(problem) for problem in problems] == [
        "t.csv:4: this row has 3 cells, the first line has 2; check commas"
    ]


def test_a_table_without_a_column_is_told(tmp_path: Path) -> None:
    path, problems = tmp_path / "t.csv", list[Problem]()
    path.write_text("a\n1\n", encoding="utf-8")
    assert list(read_csv(path, "t.csv", ("a", "b"), problems)) == []
    assert [str(problem) for problem in problems] == [
        "t.csv:1: the column 'b' is missing in the first line; put it back"
    ]


def test_the_error_of_a_start_says_each_problem_once_by_file_and_line() -> None:
    late, early = Problem(Spot("b.yaml", 1), "x"), Problem(Spot("a.yaml", 10), "y")
    earliest = Problem(Spot("a.yaml", 9), "z")
    error = FilesError([late, early, earliest, late])
    assert str(error) == "a.yaml:9: z\na.yaml:10: y\nb.yaml:1: x"
