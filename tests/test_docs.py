"""What an operator is told and given is true: commands, settings, numbers, files and the image."""

from __future__ import annotations

import configparser
import fnmatch
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest

from bot.cli import main
from bot.config import table
from bot.facts import shown
from bot.load import Program
from bot.model import SOURCE, Text, TextId
from tests.conftest import ROOT
from webhook.doctor import OVERRIDES

PAGES = ("docs/operate.md", "docs/privacy.md")
PHONE = re.compile(r"\b1-\d{3}-\d{3}-\d{4}\b")
UNIT = ROOT / "docs/deploy/waypost.service"


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# The pages --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_every_file_that_a_page_leads_to_is_there(name: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(name))
    named = re.findall(r"(?<![\w/])docs/[\w./-]+\w", read(name))
    assert len(links) > 0
    missing = [link for link in links if not (ROOT / name).parent.joinpath(link).exists()]
    assert missing + [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_heading_that_a_page_leads_to_is_there(name: str) -> None:
    text = read(name)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors


def commands_in(text: str) -> Iterator[list[str]]:
    """The words after "waypost", in blocks and between backticks."""
    blocks = re.findall(r"```\n?(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for line in lines + re.findall(r"`([^`]+)`", outside):
        found = re.match(r"\s*(?:\.venv/bin/)?waypost ([a-z].*)", line)
        if found:
            yield found[1].partition("#")[0].split()


def test_every_command_that_is_named_is_there_with_its_options() -> None:
    found = [words for name in PAGES for words in commands_in(read(name))]
    assert len(found) > 10
    for words in found:
        command: click.Command = main
        for word in words:
            if word.startswith("--"):
                assert word in {each for param in command.params for each in param.opts}, words
            elif isinstance(command, click.Group):
                assert word in command.commands, words
                command = command.commands[word]


@pytest.mark.parametrize("name", [*PAGES, "docs/deploy/Caddyfile"])
def test_every_setting_that_is_named_is_one(name: str) -> None:
    keys = {row.key for row in table()}
    assert set(re.findall(r"WAYPOST_[A-Z_]+", read(name))) <= keys


def test_every_phone_number_comes_from_the_directory(shipped: Program) -> None:
    services = shipped.book.directory.services.values()
    known = {shown(phone.number) for each in services for phone in each.phones}
    found = {number for name in PAGES for number in PHONE.findall(read(name))}
    assert found
    assert found <= known


def test_the_help_text_to_paste_is_the_help_line_as_the_bot_says_it(shipped: Program) -> None:
    said = shipped.catalog.say(Text(TextId("always/help/say")), SOURCE)
    (pasted,) = re.findall(r"^ +> (.*)$", read("docs/operate.md"), re.MULTILINE)
    assert pasted.startswith(said)
    phones = shipped.book.directory.services[shipped.book.help_line].phones
    for kind in ("voice", "text"):
        assert next(phone.shown for phone in phones if phone.kind == kind) in pasted


def test_the_samples_for_the_carriers_are_what_the_bot_says(shipped: Program) -> None:
    samples = re.findall(r'^\| sample \d \| "(.*?)" \|$', read("docs/operate.md"), re.MULTILINE)
    said = [source.said for source in shipped.book.sources.values()]
    assert len(samples) == 2
    assert [sample for sample in samples if sample not in said] == []


def test_what_is_registered_with_carriers_gives_nothing_away(shipped: Program) -> None:
    giving = shipped.catalog.say(Text(TextId("always/words/not_before_safe")), SOURCE)
    rows = re.findall(
        r"^\| (?:description|how people opt in|sample \d) \| (.*) \|$",
        read("docs/operate.md"),
        re.MULTILINE,
    )
    assert len(rows) == 4
    words = [word.strip() for word in giving.split(",")]
    assert [word for word in words if re.search(rf"\b{word}\b", " ".join(rows).lower())] == []


def test_the_deadlines_for_twilio_are_those_that_are_set() -> None:
    assert f"/twilio{OVERRIDES}`" in read("docs/operate.md")


def test_the_pages_say_how_long_things_are_kept_as_the_program_keeps_them() -> None:
    from bot.seal import IDLE_SECONDS
    from webhook.sweeper import KEPT_SECONDS

    privacy = " ".join(read("docs/privacy.md").split())
    assert f"after {IDLE_SECONDS // 60} minutes of silence" in privacy
    assert KEPT_SECONDS == 120
    assert "two minutes after" in privacy


# The files to deploy with -----------------------------------------------------------------


def test_the_unit_writes_nothing_down_and_may_do_little() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their capitals
    unit.read(UNIT, encoding="utf-8")
    service = dict(unit["Service"])
    wanted = {
        "StandardOutput": "null",
        "StandardError": "null",
        "LimitCORE": "0",
        "MemorySwapMax": "0",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "DynamicUser": "yes",
    }
    assert wanted.items() <= service.items()
    assert service["ExecStart"].endswith("/waypost serve")
    assert int(service["LimitNOFILE"]) > most_files()


def most_files() -> int:
    from webhook.server import FILES_MOST

    return FILES_MOST


def test_the_proxy_keeps_no_log() -> None:
    rules = "\n".join(
        line
        for line in read("docs/deploy/Caddyfile").splitlines()
        if not line.lstrip().startswith("#")
    )
    assert re.findall(r"\blog\b[^}]*", rules) == ["log {\n\t\toutput discard\n\t"]
    assert "reverse_proxy 127.0.0.1:8000" in rules


# The image --------------------------------------------------------------------------------


def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, lines put together, comments left out."""
    text = re.sub(r"^#.*\n", "", read("Dockerfile"), flags=re.MULTILINE).replace("\\\n", " ")
    return [
        (line.split()[0], line.partition(" ")[2].strip())
        for line in text.splitlines()
        if line.strip()
    ]


def of(kind: str) -> list[str]:
    return [rest for name, rest in steps() if name == kind]


def test_the_image_starts_from_a_named_small_base() -> None:
    bases = [rest.split()[0] for rest in of("FROM")]
    assert len(bases) == 2
    for base in bases:
        assert re.fullmatch(r"python:3\.\d+-slim-\w+", base)


def test_the_image_installs_only_what_is_pinned_with_hashes() -> None:
    installs = [rest for rest in of("RUN") if "pip install" in rest]
    assert len(installs) == 2
    assert "--require-hashes -r requirements/run.lock" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]
    assert not [rest for rest in of("RUN") if "apt" in rest or "curl" in rest]


def test_the_image_runs_as_nobody() -> None:
    last = [name for name, _ in steps()][::-1]
    assert last.index("USER") < last.index("FROM")
    user = of("USER")[-1]
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)


def copied() -> list[str]:
    sources = [rest.split()[:-1] for rest in of("COPY") if not rest.startswith("--from")]
    return [path for paths in sources for path in paths]


def test_everything_that_is_copied_is_there_and_let_through() -> None:
    lines = read(".dockerignore").splitlines()
    allowed = [line[1:].rstrip("/") for line in lines if line.startswith("!")]
    assert "*" in lines
    assert len(copied()) > 5
    for path in copied():
        assert (ROOT / path).exists()
        assert any(fnmatch.fnmatch(path, each) for each in allowed), path
    assert sorted(copied()) == sorted(allowed)


def test_no_settings_and_no_secrets_get_into_the_image() -> None:
    assert "**/.env*" in read(".dockerignore")
    assert not [path for path in copied() if path in (".", "./") or ".env" in path]
    assert "WAYPOST_" not in read("Dockerfile")


def test_the_image_says_whether_it_is_well() -> None:
    (check,) = of("HEALTHCHECK")
    command = json.loads(check.partition("CMD ")[2])
    (url,) = re.findall(r"'(http[^']*)'", command[-1])
    (start,) = map(json.loads, of("CMD"))
    assert command[:2] == ["python", "-c"]
    assert urlsplit(url).path == "/health"
    assert start[:2] == ["waypost", "serve"]
    assert start[start.index("--host") + 1] == "0.0.0.0"  # noqa: S104  the container's own
    assert start[start.index("--port") + 1] == str(urlsplit(url).port) == of("EXPOSE")[0]


def test_nothing_of_this_machine_stands_in_a_page() -> None:
    names = [*PAGES, "Dockerfile", *(f"docs/deploy/{path.name}" for path in UNIT.parent.iterdir())]
    assert len(names) > 5
    for name in names:
        assert str(Path(ROOT)) not in read(name)
