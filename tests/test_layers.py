"""The house: which module may import what. A module without a rule does not get in."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

# What any module may use: data, text and types; no file, no clock, no network, no log.
PURE = {
    "__future__", "bisect", "collections", "dataclasses", "difflib", "enum", "hashlib",
    "itertools", "operator", "re", "struct", "textwrap", "typing", "unicodedata",
}  # fmt: skip
FILES = {"pathlib", "datetime", "functools", "csv"}
READING = {"bot.model", "bot.source", "bot.fields"}
COMMANDS = {"bot", "click", "json", "os", "types"}

MAY_IMPORT = {
    # the nouns, and reading files that people write
    "bot/model.py": set(),
    "bot/source.py": {"yaml", *FILES},
    "bot/fields.py": {"bot.model", "bot.source"},
    # the directory
    "bot/facts.py": {*READING, *FILES, "phonenumbers"},
    "bot/rights.py": {*READING, *FILES, "bot.facts"},
    "bot/towns.py": {*READING, *FILES, "bot.facts", "bot.matching"},
    "bot/spellings.py": {*READING, *FILES, "bot.matching"},
    "bot/directory.py": {*READING, *FILES, "bot.facts", "bot.rights", "bot.towns"},
    "bot/listing.py": {*FILES, "bot.model", "bot.facts", "bot.directory"},
    "bot/amend.py": {*FILES, "bot.source", "contextlib", "os", "shutil", "tempfile"},
    # the flows
    "bot/compiler.py": {*READING, *FILES},
    "bot/linker.py": {*READING, "bot.compiler"},
    "bot/declared.py": {*READING, *FILES, "bot.directory", "bot.matching"},
    # the catalogs
    "bot/po.py": {"bot.model", "bot.source", *FILES, "babel"},
    "bot/review.py": {*READING, *FILES, "bot.po"},
    "bot/sheets.py": {"bot.model", "bot.po", "bot.review", "bot.source", "csv", "html", "io"},
    "bot/texts.py": {*READING, *FILES, "babel", "bot.po", "bot.review"},
    "bot/translate.py": {*READING, "bot.po", "bot.review"},
    "bot/words.py": {"bot.model", "bot.source", "bot.matching", "bot.texts"},
    # the conversation: pure
    "bot/matching.py": {"bot.model", "rapidfuzz"},
    "bot/identify.py": {"bot.model", "bot.matching", "functools", "math"},
    "bot/offers.py": {"bot.model"},
    "bot/referral.py": {"bot.model", "bot.offers"},
    "bot/engine.py": {"bot.model", "bot.matching", "bot.referral"},
    "bot/packing.py": {"bot.model"},
    # what a channel shows: pure
    "bot/channels/plain.py": {"bot.model", "bot.matching", "bot.texts"},
    "bot/channels/sms.py": {"bot.model", "bot.texts", "bot.channels.plain"},
    "bot/channels/terminal.py": {"bot.model", "bot.texts", "bot.channels.plain"},
    "bot/channels/telegram.py": {"bot.model", "bot.texts", "bot.channels.plain"},
    "bot/channels/web.py": {"bot.model", "bot.texts", "bot.channels.plain"},
    # everything together
    "bot/load.py": {*FILES, "bot"},
    "bot/clock.py": {"bot.model", "datetime", "zoneinfo"},
    "bot/transcript.py": {
        "bot.clock", "bot.engine", "bot.packing", "bot.load", "bot.model", "bot.channels",
    },
    "bot/replay.py": {
        "bot.engine", "bot.matching", "bot.channels", "bot.load", "bot.model", "bot.transcript",
    },
    "bot/reading.py": {"bot.model", "bot.fields", "bot.matching"},
    "bot/seal.py": {"cryptography", "base64", "binascii", "os"},
    "bot/sessions.py": {"os"},
    "bot/conversation.py": {
        "bot.clock", "bot.engine", "bot.packing", "bot.quiet", "bot.load", "bot.model",
        "bot.seal", "bot.sessions", "bot.usage.periods", "time",
    },
    # usage: counted, kept
    "bot/usage/model.py": set(),
    "bot/usage/periods.py": {"datetime"},
    "bot/usage/entries.py": {"bot.usage.model", "bot.usage.periods", "json"},
    "bot/usage/tally.py": {
        "bot.model", "bot.quiet", "bot.usage.model", "bot.usage.entries", "secrets", "threading",
        "time",
    },
    "bot/usage/schema.py": {"bot.usage.model"},
    "bot/usage/store.py": {
        *FILES, "bot.clock", "bot.usage", "contextlib", "os", "sqlite3", "sqlite_utils",
        "threading",
    },
    "bot/usage/postgres.py": {
        "bot.usage.entries", "bot.usage.model", "bot.usage.schema", "contextlib", "threading",
        "psycopg",
    },
    "bot/usage/datasette.py": {"bot.usage.words"},
    # what is published of it
    "bot/usage/audit.py": {"highspy"},
    "bot/usage/cells.py": {"bot.usage.audit", "bot.usage.model", "bot.usage.periods"},
    "bot/usage/rollup.py": {"bot.usage.model"},
    "bot/usage/evidence.py": {
        "bot.usage.audit", "bot.usage.cells", "bot.usage.model", "bot.usage.periods",
    },
    "bot/usage/release.py": {
        "datetime", "bot.usage", "bot.usage.cells", "bot.usage.evidence", "bot.usage.model",
        "bot.usage.periods", "bot.usage.rollup",
    },
    # usage: shown to a council
    "bot/usage/words.py": {"bot.source", "pathlib"},
    "bot/usage/gaps.py": {"bot.load", "bot.matching", "bot.model", "bot.offers", "bot.referral"},
    "bot/usage/charts.py": {"altair"},
    "bot/usage/drawing.py": {"bot.usage.charts", "html", "vl_convert"},
    "bot/usage/views.py": {
        "bot.matching", "bot.model", "bot.texts", "bot.usage", "json", "pathlib",
    },
    "bot/usage/supply.py": {
        "bot.matching", "bot.model", "bot.texts", "bot.usage.charts", "bot.usage.gaps",
        "bot.usage.views", "bot.usage.words", "datetime",
    },
    "bot/usage/report.py": {
        *FILES, "altair", "bot.load", "bot.usage", "jinja2", "weasyprint",
    },
    "bot/usage/site.py": {*FILES, "bot.load", "bot.usage", "json", "sys"},
    "bot/usage/demo.py": {
        "bot.conversation", "bot.load", "bot.model", "bot.seal", "bot.usage", "random",
    },
    "bot/usage/forms.py": {"csv", "io", "json", "bot.usage.model", "bot.usage.periods"},
    # proofs about all conversations
    "bot/projection.py": {"bot.model", "bot.matching"},
    "bot/findings.py": {
        "bot.model", "bot.source", "bot.fields", "bot.engine", "bot.load", "bot.linker",
        "bot.matching",
        "bot.projection", "bot.referral", "bot.channels", "bot.texts",
    },
    "bot/walk.py": {
        "bot.model", "bot.fields", "bot.matching", "bot.projection", "bot.findings",
        "bot.channels",
    },
    "bot/prove.py": {
        "bot.model", "bot.source", "bot.load", "bot.findings", "bot.walk", "concurrent",
        "multiprocessing",
    },
    # the outside
    "bot/quiet.py": {
        "logging", "sys", "threading", "types", "warnings", "contextlib", "importlib", "ctypes",
        "resource",
    },
    "bot/config.py": {"pydantic", "pydantic_settings", "pathlib", "os", "bot.seal"},
    "bot/cli.py": {"bot.quiet", "bot.commands", "click"},
    "bot/doctor.py": {
        *FILES, "os", "sys", "resource", "bot.config", "bot.listing", "bot.load", "bot.po",
        "bot.quiet", "bot.review", "bot.source", "bot.texts",
    },
    "bot/commands/chat.py": {*COMMANDS, *FILES},
    "bot/commands/doctor.py": {*COMMANDS, *FILES, "time", "webhook"},
    "bot/commands/serve.py": {*COMMANDS, *FILES, "webhook"},
    "bot/commands/settings.py": {*COMMANDS, *FILES},
    "bot/commands/setup.py": {*COMMANDS, *FILES, "webhook"},
    "bot/commands/check.py": {*COMMANDS, *FILES},
    "bot/commands/counts.py": {*COMMANDS, *FILES},
    "bot/commands/disclose.py": {*COMMANDS, *FILES},
    "bot/commands/demo_year.py": {*COMMANDS, *FILES},
    "bot/commands/gaps.py": {*COMMANDS, *FILES, "csv", "io"},
    "bot/commands/release.py": {*COMMANDS, *FILES},
    "bot/commands/common.py": {*COMMANDS, *FILES},
    "bot/commands/directory.py": {*COMMANDS, *FILES},
    "bot/commands/prove.py": {*COMMANDS, *FILES},
    "bot/commands/test.py": {*COMMANDS, *FILES, "statistics"},
    "bot/commands/translate.py": {*COMMANDS, *FILES},
}  # fmt: skip
ENGINE_ROOM = ("model", "matching", "offers", "referral", "engine", "packing")
NETWORK = {
    "asyncio", "http", "httpx", "requests", "socket", "ssl", "urllib", "fastapi", "telegram",
    "twilio", "aiohttp", "smtplib",
}  # fmt: skip


# `from bot import x` names the module x.
PACKAGES = {"bot", "bot.channels", "bot.commands", "bot.usage"}


def imported(path: Path) -> set[str]:
    """The dotted names a module imports, `from bot import x` as bot.x."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            module = node.module or ""
            inside = {f"{module}.{alias.name}" for alias in node.names}
            names |= inside if module in PACKAGES else {module}
    return names


def parents(name: str) -> set[str]:
    """ "bot.channels.sms" -> itself, "bot.channels" and "bot"."""
    parts = name.split(".")
    return {".".join(parts[:size]) for size in range(1, len(parts) + 1)}


def modules() -> dict[str, Path]:
    found = {str(p.relative_to(ROOT)): p for p in (ROOT / "bot").rglob("*.py")}
    return {name: path for name, path in found.items() if not name.endswith("__init__.py")}


def test_every_module_has_a_rule_and_every_rule_a_module() -> None:
    assert len(modules()) > 20
    assert set(modules()) == set(MAY_IMPORT)


@pytest.mark.parametrize("module", MAY_IMPORT)
def test_a_module_imports_only_what_its_layer_may(module: str) -> None:
    allowed = MAY_IMPORT[module] | PURE
    found = imported(ROOT / module)
    assert found, f"{module} imports nothing: is it still read?"
    for name in found:
        assert parents(name) & allowed, f"{module} may not import {name}"


@pytest.mark.parametrize("module", ENGINE_ROOM)
def test_the_engine_room_reads_no_file_no_clock_and_no_catalog(module: str) -> None:
    banned = {*FILES, "os", "io", "time", "random", "logging", "bot.texts", "bot.channels", "yaml"}
    for name in imported(ROOT / "bot" / f"{module}.py"):
        assert not parents(name) & banned, f"bot/{module}.py imports {name}"


def test_the_program_without_doors_imports_no_network_library() -> None:
    found = {top for path in modules().values() for top in map(top_of, imported(path))}
    assert len(found) > 10
    assert not found & NETWORK


def top_of(name: str) -> str:
    return name.partition(".")[0]


def test_only_the_doors_await() -> None:
    """The rest is plain functions, so that it can be called, and tested, without a loop."""
    waiting = ast.AsyncFunctionDef | ast.Await | ast.AsyncWith | ast.AsyncFor
    for name, path in modules().items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, waiting)], name


def test_the_doors_reach_the_engine_only_by_the_conversation() -> None:
    """Nobody but conversation.py moves a talk on, seals it and counts it."""
    doors = sorted((ROOT / "webhook").rglob("*.py"))
    assert len(doors) > 5
    hidden = {"bot.engine", "bot.packing", "bot.referral", "bot.matching", "bot.compiler"}
    for path in doors:
        for name in imported(path):
            assert not parents(name) & hidden, f"{path.name} imports {name}"


def test_the_program_imports_the_doors_only_where_a_command_needs_them() -> None:
    """`waypost chat` and `waypost check` run with no network library installed."""
    for name, path in modules().items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        outside = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {n.module or "" for n in outside if isinstance(n, ast.ImportFrom)}
        assert not {n for n in names if n.startswith("webhook")}, name


def test_the_rule_catches_a_stray_import(tmp_path: Path) -> None:
    stray = tmp_path / "stray.py"
    stray.write_text("from bot import texts\nimport os.path\n", encoding="utf-8")
    assert imported(stray) == {"bot.texts", "os.path"}
    assert sys.version_info >= (3, 11)
