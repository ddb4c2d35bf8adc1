"""Writing down that a number was called: one line of services.yaml, or one cell of police.csv.

Rule 1: every other byte stays as it is; an advocate's comments and layout are theirs.
Rule 2: the file is replaced in one go. A power cut leaves the old file or the new one.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path

from bot.source import Node, Problem, Spot, read_yaml

_LINE = re.compile(rb"( *verified:)[ \t]*([\"']?[\d-]*[\"']?)([ \t]*(?:#.*)?[\r\n]*)\Z")
_INDENT = re.compile(rb" *")
_CELL = re.compile(rb'(?:"(?:[^"]|"")*"|[^,\r\n]*)')


class AmendError(Exception):
    """The line cannot be written without touching more than it. Says what to do by hand."""


def verify_service(path: Path, id: str, on: str) -> Spot:
    """Write `verified: on` into one service of services.yaml; gives the line."""
    lines = path.read_bytes().splitlines(keepends=True)
    problems: list[Problem] = []
    root = read_yaml(path, path.name, problems)
    if problems or id not in root.fields:
        raise AmendError(f"'{id}' cannot be read; run: waypost directory check")
    at, line = _line_of_service(lines, root.fields[id], root.keys[id], on.encode())
    if at < len(lines) and _LINE.match(lines[at]):
        lines[at] = line
    else:
        lines.insert(at, line)
    _replace(path, b"".join(lines))
    return Spot(path.name, at + 1)


def _line_of_service(lines: list[bytes], node: Node, head: Spot, on: bytes) -> tuple[int, bytes]:
    """Where the line goes (counted from 0), and what it is."""
    if "verified" in node.keys:
        at = node.keys["verified"].line - 1
        match = _LINE.match(lines[at])
        if not match:
            raise AmendError(f"line {at + 1} is not 'verified: DATE' alone; write it so")
        return at, match[1] + b" " + on + match[3]
    first = min(spot.line for spot in node.keys.values()) - 1
    if first < head.line:
        raise AmendError(f"line {head.line} holds several fields; give each a line of its own")
    indent = _INDENT.match(lines[first])
    after = node.keys["collected"].line if "collected" in node.keys else first
    ending = b"\r\n" if lines[first].endswith(b"\r\n") else b"\n"
    if not lines[after - 1].endswith(b"\n"):
        lines[after - 1] += ending
    return after, (indent[0] if indent else b"") + b"verified: " + on + ending


def verify_police(path: Path, id: str, line: int, on: str) -> Spot:
    """Write the day into the cell `verified` of line `line` of police.csv; gives the line."""
    lines = path.read_bytes().splitlines(keepends=True)
    column = _cells(lines[0].removeprefix(b"\xef\xbb\xbf")).index(b"verified")
    cells = _cells(lines[line - 1])
    if cells[0].strip(b'" ') != id.encode():
        raise AmendError(f"line {line} is not '{id}'; remove line breaks inside of cells")
    cells[column] = on.encode()
    ending = lines[line - 1][len(lines[line - 1].rstrip(b"\r\n")) :]
    lines[line - 1] = b",".join(cells) + ending
    _replace(path, b"".join(lines))
    return Spot(path.name, line)


def _cells(line: bytes) -> list[bytes]:
    """The cells of one row as they are written, quotes included."""
    cells: list[bytes] = []
    rest = line.rstrip(b"\r\n")
    while True:
        match = _CELL.match(rest)
        cell = match[0] if match else b""
        cells.append(cell)
        rest = rest[len(cell) :]
        if not rest.startswith(b","):
            return cells
        rest = rest[1:]


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file, then put in its place; who may read it stays as it was."""
    path = path.resolve()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, name)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
