"""Promises about writing down a call: one line changes, every other byte stays."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bot.amend import AmendError, verify_police, verify_service
from bot.directory import load
from bot.model import Directory
from bot.source import Problem

FOLDER = Path(__file__).parents[1] / "flows" / "directory"
DAY = "2026-11-20"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "directory"
    shutil.copytree(FOLDER, copy)
    return copy


def loaded(folder: Path) -> Directory:
    problems: list[Problem] = []
    found, _ = load(folder, problems)
    assert not problems
    return found


def test_every_service_can_be_verified_and_one_line_is_added(tmp_path: Path) -> None:
    path = tmp_path / "services.yaml"
    before = (FOLDER / "services.yaml").read_bytes()
    services = loaded(FOLDER).services
    fresh = [id for id, service in services.items() if not service.verified]
    assert fresh
    for id in fresh[::9]:
        path.write_bytes(before)
        spot = verify_service(path, id, DAY)
        lines = path.read_bytes().splitlines(keepends=True)
        assert lines.pop(spot.line - 1) == f"  verified: {DAY}\n".encode()
        assert b"".join(lines) == before


def test_a_verified_service_says_so_when_it_is_read_again(folder: Path) -> None:
    before = loaded(folder).services
    verify_service(folder / "services.yaml", "ct-safe-connect", DAY)
    after = loaded(folder).services
    changed = [id for id in before if before[id].verified != after[id].verified]
    assert changed == ["ct-safe-connect"]
    assert after["ct-safe-connect"].verified == DAY


def test_a_second_call_replaces_the_day_and_keeps_the_comment(folder: Path) -> None:
    path = folder / "services.yaml"
    verify_service(path, "iris", "2026-01-02")
    once = path.read_bytes().replace(b"verified: 2026-01-02", b"verified: 2026-01-02  # by Ana")
    path.write_bytes(once)
    verify_service(path, "iris", DAY)
    assert path.read_bytes() == once.replace(b"2026-01-02", DAY.encode())


def test_line_ends_of_windows_stay_line_ends_of_windows(folder: Path) -> None:
    path = folder / "services.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    verify_service(path, "iris", DAY)
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n")
    assert loaded(folder).services["iris"].verified == DAY


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_one_cell_of_the_police_changes_and_nothing_else(folder: Path, ends: bytes) -> None:
    path = folder / "police.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", ends))
    before = path.read_bytes().splitlines(keepends=True)
    police = loaded(folder).police
    assert len(police) > 150
    for id in ("ansonia-pd", "danbury-pd", "csp-troop-k", "mohegan-tribal-pd"):
        line = police[id].line
        verify_police(path, id, line, DAY)
        after = path.read_bytes().splitlines(keepends=True)
        changed = [
            at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new
        ]
        assert changed == [line - 1]
        was = f",{police[id].verified},".encode()
        assert after[line - 1].replace(f",{DAY},".encode(), was, 1) == before[line - 1]
        before = after
    assert loaded(folder).police["danbury-pd"].verified == DAY


def test_the_file_is_replaced_in_one_go_and_keeps_its_rights(folder: Path) -> None:
    path = folder / "services.yaml"
    path.chmod(0o640)
    inode = path.stat().st_ino
    verify_service(path, "iris", DAY)
    assert path.stat().st_ino != inode
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(folder)) == sorted(os.listdir(FOLDER))


def test_a_full_disk_leaves_the_old_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError("no space left")

    path = folder / "services.yaml"
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        verify_service(path, "iris", DAY)
    assert path.read_bytes() == before
    assert sorted(os.listdir(folder)) == sorted(os.listdir(FOLDER))


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("a: {name: x}\n", "line 1 holds several fields; give each a line of its own"),
        ("a:\n  verified: >-\n    x\n", "line 2 is not 'verified: DATE' alone; write it so"),
        ("b:\n  name: x\n", "'a' cannot be read; run: waypost directory check"),
    ],
)
def test_what_cannot_be_written_safely_is_left_alone(
    tmp_path: Path, written: str, what: str
) -> None:
    path = tmp_path / "services.yaml"
    path.write_text(written)
    with pytest.raises(AmendError) as caught:
        verify_service(path, "a", DAY)
    assert str(caught.value) == what
    assert path.read_text() == written


def test_a_service_at_the_end_of_a_file_without_a_last_line_end_is_written(tmp_path: Path) -> None:
    path = tmp_path / "services.yaml"
    path.write_text("a:\n    collected: 2026")
    verify_service(path, "a", DAY)
    assert path.read_text() == f"a:\n    collected: 2026\n    verified: {DAY}\n"
