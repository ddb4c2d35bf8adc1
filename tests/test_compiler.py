"""Promises to authors: every mistake is told, in a sentence with its place, and all at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.load import load
from bot.model import AskPlace, Branch, Card, End, Refer, Say, StepId, Text, TextId
from bot.source import FilesError
from tests.authors import (
    FILES,
    START,
    Mistake,
    edited,
    mistakes,
    names,
    read,
    told,
    write,
)
from tests.conftest import ROOT, TODAY

MISTAKES = mistakes("compiler.txt")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "flows")


def test_the_tables_hold_the_mistakes_that_authors_make() -> None:
    tables = ("compiler.txt", "linker.txt", "declared.txt", "words.txt")
    found = [mistake for name in tables for mistake in mistakes(name)]
    assert len(found) > 120
    assert len(set(names(found))) == len(found)
    assert all(mistake.says for mistake in found)


@pytest.mark.parametrize("mistake", MISTAKES, ids=names(MISTAKES))
def test_a_mistake_in_a_flow_is_told_with_its_line(mistake: Mistake, tmp_path: Path) -> None:
    assert mistake.told(tmp_path / "flows") == list(mistake.says)


def test_a_folder_without_a_mistake_is_a_book(folder: Path) -> None:
    """Texts, targets and answers arrive as they were written."""
    steps, _, sources, problems = read(folder, folder / "none")
    assert problems == []
    where, which = steps[StepId("start/where")], steps[StepId("start/which")]
    assert isinstance(where, AskPlace)
    assert (where.answer, where.then) == ("town", "start/which")
    assert isinstance(which, Branch)
    assert which.cases == {"adult": "help/line"}
    assert isinstance(steps[StepId("help/places")], Refer)
    assert steps[StepId("help/line")] == Card(
        StepId("help/line"), "help-line", Text(TextId("help/line/text")), StepId("help/places")
    )
    assert steps[StepId("start/bye")] == End(
        StepId("start/bye"), Text(TextId("start/bye/end")), erase=True
    )
    told_of = sources[TextId("start/bye/end")]
    assert (told_of.said, told_of.file, told_of.line) == ("Bye.", "start.yaml", 24)


def test_a_name_asked_for_in_any_wording_is_filled_in(folder: Path) -> None:
    """A wording for one channel may name the town though the plain one does not."""
    said = 'say: {plain: "Pay.", sms: "Pay in {town}."}'
    write(folder, {"topics.yaml": edited("topics.yaml", 'say: "{right:pay}"', said)})
    steps, _, sources, problems = read(folder, folder / "none")
    assert problems == []
    step = steps[StepId("help/rights>topics/pay")]
    assert isinstance(step, Say)
    assert step.text == Text(TextId("topics/pay/say"), (("town", ""),))
    assert sources[TextId("topics/pay/say.sms")].said == "Pay in {town}."


# Files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("More.yaml", "'More' cannot be a flow's name; name the file with small letters, digits"),
        ("more.yml", "only files that end in .yaml are read; rename it to more.yaml"),
        ("rights.yaml", "the directory's rights are called 'rights' already; rename this file"),
    ],
)
def test_a_file_with_a_name_that_no_flow_can_have_is_told(
    name: str, sentence: str, folder: Path
) -> None:
    write(folder, {name: FILES["topics.yaml"]})
    assert any(line.startswith(f"{name}:1: {sentence}") for line in told(folder))


def test_what_an_editor_leaves_behind_is_no_flow(folder: Path) -> None:
    write(folder, {".start.yaml": "x", ".#start.yaml": "x", "start.yaml~": "x", "notes.txt": "x"})
    assert told(folder) == []


def test_an_empty_folder_says_what_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "flows"
    folder.mkdir()
    missing = "the file cannot be read (No such file or directory); check that it is there"
    assert told(folder) == [
        f"always.yaml:1: {missing}",
        f"answers.yaml:1: {missing}",
        "flows:1: there is no flow in this folder; write one",
    ]


UNREADABLE = {
    "bad UTF-8": b"steps:\n  caf\xe9: x\n",
    "broken YAML": b"steps:\n  hello: [\n",
    "nothing": b"",
    "only a comment": b"# later\n",
    "a circle": b"steps: &all\n  - *all\n",
    "NUL": b"steps:\n  hello: \x00\n",
    "a tab": b"steps:\n\thello: x\n",
    "a list": b"- steps\n",
}


@pytest.mark.parametrize("held", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("file", FILES)
def test_an_unreadable_file_hides_nothing_of_the_others(
    file: str, held: bytes, folder: Path
) -> None:
    """Its own problem is told, with what the other files have, and nothing that is right."""
    other = "topics.yaml" if file != "topics.yaml" else "danger.yaml"
    broken = FILES[other].replace("say:", "sya:")
    write(folder, {file: held, other: broken})
    lines = told(folder)
    step = "topics/pay" if other == "topics.yaml" else "danger/now"
    assert f"{other}:2: the step '{step}' has no kind; did you mean 'say'?" in lines
    assert {line.partition(":")[0] for line in lines} == {file, other}


# All at once ------------------------------------------------------------------------------------


def test_ten_mistakes_in_several_files_are_told_at_once_and_in_order(folder: Path) -> None:
    start = (
        START.replace('    ask: "Is it OK', '    aks: "Is it OK')
        .replace("answer: town", "answer: twon")
        .replace("adult: help", "adutl: help")
        .replace("erase: yes", "erase: perhaps")
    )
    shown = FILES["help.yaml"].replace("card: help-line", "card: helpline")
    write(
        folder,
        {
            "start.yaml": start,
            "help.yaml": shown.replace("call: topics", "call: topic"),
            "danger.yaml": FILES["danger.yaml"].replace("{card:emergency}", "860-555-0103"),
            "answers.yaml": FILES["answers.yaml"].replace("sms, web", "sms"),
            "always.yaml": FILES["always.yaml"].replace('"A free line."', '""'),
            "topics.yaml": FILES["topics.yaml"].replace("right:pay", "right:pai"),
        },
    )
    assert told(folder) == [
        "always.yaml:6: the text 'always/help/say' is empty; write it or remove it",
        "answers.yaml:18: the answer 'channel' needs at least two values, or one of languages, "
        "towns, regions; write them with commas",
        "danger.yaml:3: a number is typed into this text; name its contact instead, as {card:ID}",
        "help.yaml:4: there is no contact 'helpline' in the directory; did you mean 'help-line'?",
        "help.yaml:22: there is no flow 'topic' to call; did you mean 'topics'?",
        "start.yaml:3: the step 'start/hello' has no kind; did you mean 'ask'?",
        "start.yaml:17: there is no answer 'twon'; did you mean 'town'?",
        "start.yaml:21: 'age' is never 'adutl'; did you mean 'adult'?",
        "start.yaml:25: 'erase' must be yes or no, not 'perhaps'",
        "topics.yaml:3: {right:pai} names nothing; did you mean 'pay'?",
    ]


def test_the_program_does_not_start_with_a_mistake_in_its_flows(tmp_path: Path) -> None:
    """And says all of them: what `load` raises is what the author reads."""
    flows = tmp_path / "flows"
    shutil.copytree(ROOT / "flows", flows)
    write(flows, {"spare.yaml": FILES["topics.yaml"].replace("{right:pay}", "Pay, {twon}.")})
    with pytest.raises(FilesError) as caught:
        load(flows, tmp_path / "locales", today=TODAY)
    told = [line for line in str(caught.value).splitlines() if "has no catalog" not in line]
    assert told == [
        "spare.yaml:2: nothing leads to the step 'spare/pay'; lead there or remove it",
        "spare.yaml:3: {twon} names nothing; did you mean 'town'?",
    ]


LINES = [line for held in FILES.values() for line in held.splitlines()]


@given(
    file=st.sampled_from(sorted(FILES)),
    held=st.text() | st.lists(st.sampled_from(LINES), max_size=30).map("\n".join),
)
@settings(max_examples=200)
def test_any_text_as_a_file_gives_problems_or_a_book(
    file: str, held: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = write(tmp_path_factory.getbasetemp() / "any")
    write(folder, {file: held.encode("utf-8", "surrogatepass")})
    steps, _, _, problems = read(folder, folder / "none")
    assert steps or problems


@given(data=st.data())
@settings(max_examples=200)
def test_any_lines_lost_or_doubled_give_problems_or_a_book(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The slip of a hand: what is left is nearly right, and reaches the last checks."""
    file = data.draw(st.sampled_from(sorted(FILES)))
    lines = FILES[file].splitlines()
    times = data.draw(st.dictionaries(st.integers(0, len(lines) - 1), st.integers(0, 2)))
    held = "\n".join(line for at, line in enumerate(lines) for _ in range(times.get(at, 1)))
    folder = write(tmp_path_factory.getbasetemp() / "slips")
    write(folder, {file: held})
    steps, _, _, problems = read(folder, folder / "none")
    assert steps or problems
