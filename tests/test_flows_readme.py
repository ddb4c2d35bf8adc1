"""Promises about the handbook of the flows: it is complete, and what it shows is true."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from textwrap import indent

import pytest
import yaml

from bot import declared, directory, texts
from bot.compiler import CHOICE, FLOW, KINDS, LABEL_MOST, RETURN, SMS_MOST
from bot.fields import COUNTED_ONLY, VARIANTS
from bot.model import AGES, ANSWERS_MOST, POLICE, Directory, Source, TextId
from bot.offers import PHRASES
from bot.source import Problem
from bot.words import DIGITS
from tests.authors import DIRECTORY, FILES, RIGHTS, mistakes, read, write
from tests.conftest import ROOT

README = (ROOT / "flows" / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
IN_A_FILE = re.compile(r"# (\w+)\.yaml\n")

# Where the examples' steps lead to, if an example does not say it itself.
ELSEWHERE = {
    "next": 'next:\n  ask: "And now?"\n  choices: {bye: {label: "To the end", go: bye}}\n',
    "bye": 'bye:\n  end: "Bye."\n',
    "places": 'places:\n  refer: "These may help."\n  then: next\n',
}
TO_THE_EXAMPLE = """\
      example:
        label: "The example"
        go: example
  example:
    call: example
    then: where
"""


def keywords() -> set[str]:
    """Every word that means something in a flow, in answers.yaml or in always.yaml."""
    parts = (
        KINDS, *KINDS.values(), CHOICE, FLOW, (RETURN, "none", "outside", POLICE, "plain"),
        VARIANTS, DIGITS, declared.SECTIONS, declared.COMMANDS, ("also", "say", "go"),
        declared.UNCLEAR, declared.PLACE, declared.WORDS, PHRASES, declared.ANSWER,
        declared.FINDS, declared.BUILT_IN, declared.MEANT, COUNTED_ONLY, {"need", "age"},
        (f"{{{name}}}" for name in texts.PLACEHOLDERS), ("{card:ID}", "{right:ID}"),
    )  # fmt: skip
    return {word for part in parts for word in part}


@pytest.fixture(scope="module")
def real() -> tuple[Directory, dict[TextId, Source]]:
    """The shipped contacts and rights, which the examples name, and the small folder's own."""
    problems: list[Problem] = []
    known, rights = directory.load(ROOT / "flows" / "directory", problems)
    assert problems == []
    services = {**known.services, **DIRECTORY.services}
    return replace(known, services=services), {**rights, **RIGHTS}


def test_the_handbook_explains_every_keyword() -> None:
    """In its text, marked as a keyword, or in an example."""
    assert len(keywords()) > 100
    marked = set(re.findall(r"`([^`\n]+)`", README))
    explained = {word.partition(":")[0] if word[0] != "{" else word for word in marked}
    shown = set(re.findall(r"(\w+):", "".join(BLOCKS)))
    assert keywords() - explained - shown == set()


def test_every_kind_and_every_field_has_an_example() -> None:
    keys = {key for block in BLOCKS for key in _keys(yaml.load(block, yaml.BaseLoader))}  # noqa: S506  texts only
    wanted = {*KINDS, *(each for fields in KINDS.values() for each in fields), *CHOICE, *FLOW}
    wanted |= {*declared.SECTIONS, *declared.ANSWER, *declared.FINDS, "plain", *VARIANTS}
    assert wanted - keys == set()


def _keys(held: object) -> set[str]:
    if not isinstance(held, dict):
        return set()
    return set(held).union(*map(_keys, held.values()))


def test_the_handbook_is_short_and_its_numbers_are_right() -> None:
    assert len(README.splitlines()) <= 305
    assert f"At most {SMS_MOST} letters" in README
    assert f"at most {LABEL_MOST} letters" in README
    assert ANSWERS_MOST == 6, "the handbook says six answers"
    assert f"`age` ({', '.join(AGES)})" in " ".join(README.split())


def test_the_mistakes_that_it_shows_are_told_like_that() -> None:
    shown = re.findall(r"^    (\w+\.yaml:\d+: .*)$", README, re.MULTILINE)
    tables = ("compiler.txt", "linker.txt", "declared.txt", "words.txt")
    said = {line for name in tables for mistake in mistakes(name) for line in mistake.says}
    assert len(shown) >= 3
    assert set(shown) <= said


def test_there_are_examples() -> None:
    assert len(BLOCKS) >= 12


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_an_example_compiles(
    number: int, tmp_path: Path, real: tuple[Directory, dict[TextId, Source]]
) -> None:
    folder = tmp_path / "flows"
    files = with_example(BLOCKS[number])
    steps, _, _, problems = read(write(folder, files), folder / "none", *real)
    assert [str(problem) for problem in problems] == []
    assert steps


def with_example(block: str) -> dict[str, str]:
    """The small folder with one example in it: a whole file, sections of one, or some steps."""
    files = {**FILES, "emergency.yaml": FILES["danger.yaml"]}
    del files["danger.yaml"]
    files["always.yaml"] = files["always.yaml"].replace("go: danger", "go: emergency")
    named = IN_A_FILE.match(block)
    if named and f"{named[1]}.yaml" in files:
        name = f"{named[1]}.yaml"
        both = _merged(_yaml(files[name]), _yaml(block))
        return {**files, name: yaml.safe_dump(both, allow_unicode=True, width=10_000)}
    flow = block if named else "steps:\n" + indent(_with_targets(block), "  ")
    start = files["start.yaml"].replace("  where:\n", f"{TO_THE_EXAMPLE}  where:\n", 1)
    if "call: your_rights" in block:
        files["your_rights.yaml"] = FILES["topics.yaml"]
    files["answers.yaml"] += "  for_whom:\n    values: me, someone\n"
    return {**files, "start.yaml": start, "example.yaml": flow}


def _with_targets(steps: str) -> str:
    """The steps, and those of ELSEWHERE that they lead to."""
    for name, step in ELSEWHERE.items():
        led_to = re.search(rf"\b{name}\b(?!:)", steps)
        if led_to and not re.search(rf"^{name}:", steps, re.MULTILINE):
            steps += step
    return steps


def _yaml(held: str) -> dict[str, object]:
    found = yaml.load(held, yaml.BaseLoader)  # noqa: S506  it makes texts, nothing else
    assert isinstance(found, dict)
    return found


def _merged(below: dict[str, object], above: dict[str, object]) -> dict[str, object]:
    merged = dict(below)
    for key, held in above.items():
        under = merged.get(key)
        if isinstance(held, dict) and isinstance(under, dict) and key != "values":
            merged[key] = _merged(under, held)
        else:
            merged[key] = held
    return merged
