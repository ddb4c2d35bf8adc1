"""The commands as their users run them: chat, test, check."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import quiet
from bot.cli import main
from tests.conftest import ROOT


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the flows and catalogs to work in."""
    for folder in ("flows", "locales"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copytree(ROOT / "tests" / "transcripts", tmp_path / "tests" / "transcripts")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(quiet, "hush", lambda: None)
    return tmp_path


def waypost(*words: str, said: str = "") -> Result:
    return CliRunner().invoke(main, list(words), input=said)


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{old} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def reword(here: Path, old: str, new: str) -> None:
    """A sentence changed by an advocate, and confirmed by a translator."""
    replace_in(here / "flows" / "start.yaml", old, new)
    for catalog in (here / "locales").glob("*/LC_MESSAGES/waypost.po"):
        replace_in(catalog, old, new)


@pytest.mark.usefixtures("here")
def test_a_conversation_in_the_terminal_ends_with_services_nearby() -> None:
    done = waypost("chat", "--at", "Wed 10:00", said="hi\n1\n1\n4\n1\nbridgeport\n9\n")
    assert done.exit_code == 0
    assert "1-888-373-7888" in done.output
    assert "serves Bridgeport, open now" in done.output


@pytest.mark.usefixtures("here")
def test_the_town_may_be_given_beforehand() -> None:
    done = waypost("chat", "--town", "Hartford", said="hi\n1\n1\n2\n")
    assert "you > Hartford" in done.output
    assert done.exit_code == 0


@pytest.mark.usefixtures("here")
def test_texts_are_shown_as_the_phone_gets_them() -> None:
    done = waypost("chat", "--sms", said="hi\n")
    assert "[GSM-7, " in done.output
    assert "1 of 2]" in done.output


def test_a_conversation_is_recorded_as_a_transcript_that_plays(here: Path) -> None:
    waypost("chat", "--record", "mine.txt", "--at", "Sun 03:00", said="hi\n1\n9\n")
    assert "at: Sun 03:00" in (here / "mine.txt").read_text(encoding="utf-8")
    again = waypost("test", "mine.txt")
    assert (again.exit_code, again.output) == (0, "1 of 1 conversations go as written\n")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--language", "xx", "there is no catalog for 'xx'; there is en"),
        ("--at", "noon", 'write a day and a time, as "Sun 03:00"'),
    ],
)
def test_a_wrong_option_says_what_would_be_right(option: str, value: str, says: str) -> None:
    done = waypost("chat", option, value)
    assert done.exit_code == 2
    assert says in " ".join(done.output.split())


def test_a_changed_sentence_is_shown_as_the_difference_of_two_conversations(here: Path) -> None:
    reword(here, "Who needs help?", "Who is it for?")
    done = waypost("test")
    assert done.exit_code == 1
    assert "-     Who needs help?" in done.output
    assert "+     Who is it for?" in done.output
    assert "differs: tests/transcripts/food.txt" in done.output


def test_a_changed_sentence_can_be_tried_before_its_translators_are_done(here: Path) -> None:
    """And a removed step as well; but nothing is served or passed until all is translated."""
    replace_in(here / "flows" / "start.yaml", "Who needs help?", "Who is it for?")
    tried = waypost("chat", said="hi\n1\n")
    assert tried.exit_code == 0
    assert "Who is it for?" in tried.output
    assert "15 texts wait for a translator" in tried.output
    assert "differs: tests/transcripts/food.txt" in waypost("test").output
    spanish = waypost("chat", "--language", "es", said="hola\n1\n").output
    assert "Who is it for?" in spanish
    assert "Yo, tengo 18" in spanish
    for command in ("check", "prove", "serve", "test --accept", "test --everywhere"):
        refused = waypost(*command.split())
        assert refused.exit_code == 2
        assert "the English of 'start/whom/ask' has changed" in refused.output


def test_a_flaw_in_a_translation_cannot_be_tried(here: Path) -> None:
    replace_in(
        here / "locales/es/LC_MESSAGES/waypost.po", "Llame al {number}", "Llame al {numero}"
    )
    assert waypost("chat").exit_code == 2


def test_accepting_writes_what_the_bot_says_now(here: Path) -> None:
    reword(here, "Who needs help?", "Who is it for?")
    path = "tests/transcripts/food.txt"
    assert waypost("test", "--accept", path).exit_code == 0
    assert "Who is it for?" in (here / path).read_text(encoding="utf-8")
    assert waypost("test", path).exit_code == 0


def test_a_folder_without_transcripts_is_no_success(here: Path) -> None:
    shutil.rmtree(here / "tests")
    (here / "tests" / "transcripts").mkdir(parents=True)
    done = waypost("test")
    assert done.exit_code == 1
    assert "there is no transcript here" in done.output


@pytest.mark.usefixtures("here")
def test_check_says_what_it_read() -> None:
    done = waypost("check")
    assert done.exit_code == 0
    assert done.output.startswith("ok: ")


@pytest.mark.parametrize("command", ["check", "chat", "test", "prove"])
def test_broken_files_are_all_listed_and_nothing_starts(command: str, here: Path) -> None:
    replace_in(here / "flows" / "start.yaml", "go: unsafe/stop", "go: unsafe/stopp")
    replace_in(here / "flows" / "directory" / "services.yaml", "+18883737888", "+1888373788")
    (here / "flows" / "new.yaml").write_text("steps:\n  a: {say: }\n", encoding="utf-8")
    done = waypost(command)
    assert done.exit_code == 2
    assert "start.yaml:" in done.output
    assert "did you mean 'unsafe/stop'?" in done.output
    assert "directory/services.yaml:" in done.output
    assert "new.yaml:2:" in done.output
    assert "Nothing was started." in done.output
    assert "Traceback" not in done.output


def test_every_command_has_a_sentence_of_help() -> None:
    assert len(main.commands) >= 5
    for name, command in main.commands.items():
        assert command.get_short_help_str(), name
