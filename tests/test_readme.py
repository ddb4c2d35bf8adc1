"""The README tells the truth: its conversation is a test, its files and commands exist."""

from __future__ import annotations

import re

from bot.cli import main
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
TOLD = re.compile(
    r"<!-- conversation: (\S+) -->\n+```\n(.*?)```\n+<!-- /conversation -->", re.DOTALL
)


def test_the_conversation_is_the_recorded_one_word_for_word() -> None:
    told = TOLD.findall(README)
    assert len(told) == 1
    for name, text in told:
        assert text == (ROOT / name).read_text(encoding="utf-8")


def test_every_file_it_names_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    named = re.findall(r"`((?:bot|flows|locales|tests|benchmarks|webhook)/[\w./]*)`", README)
    assert len(links) > 10
    assert [name for name in links + named if not (ROOT / name).exists()] == []


def test_every_command_it_names_is_there() -> None:
    commands = set(re.findall(r"waypost (\w+)", README)) - {"Waypost"}
    assert len(commands) > 5
    assert commands <= set(main.commands)


def test_every_target_it_names_is_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^make (\w+)", README, re.MULTILINE))
    assert targets == {"run", "test"}
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_every_module_has_a_room_in_the_house() -> None:
    modules = {path.name for path in (ROOT / "bot").glob("*.py")} - {"__init__.py", "cli.py"}
    assert len(modules) > 20
    house = README.partition("## Find the room")[2]
    assert [name for name in sorted(modules) if name not in house] == []


def test_the_number_of_unconfirmed_towns_is_the_real_one() -> None:
    from bot.directory import confirmed, load
    from bot.source import Problem

    problems: list[Problem] = []
    directory, _ = load(ROOT / "flows" / "directory", problems)
    towns = [town for town in directory.towns.values() if town.id == town.town]
    unconfirmed = [town for town in towns if confirmed(directory, town.id) is None]
    assert f"for {len(unconfirmed)} of the {len(towns)} towns" in README
