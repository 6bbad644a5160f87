"""A folder of one running system has one owner at a time, also where another one removes it at that moment."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import pytest

from deploy.stack.stack_folder import AlreadyRunning, StackFolder


def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    first, second = StackFolder(tmp_path / "stack"), StackFolder(tmp_path / "stack")
    first.acquire()
    with pytest.raises(AlreadyRunning):
        second.acquire()
    first.release()
    second.acquire()


def test_a_folder_that_its_owner_removes_before_the_lock_is_there_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks, flock = [], fcntl.flock

    def removed_first(*arguments: object) -> None:
        if not locks:
            shutil.rmtree(tmp_path / "stack")
        locks.append(arguments)
        flock(*arguments)  # type: ignore[arg-type]  # what it was called with

    monkeypatch.setattr(fcntl, "flock", removed_first)
    folder = StackFolder(tmp_path / "stack")
    folder.acquire()
    assert len(locks) == 2
    assert (tmp_path / "stack" / "owner.json").exists()
    with pytest.raises(AlreadyRunning):
        StackFolder(tmp_path / "stack").acquire()


def test_a_folder_is_removed_under_its_lock(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / "stack")
    folder.acquire()
    folder.remove()
    assert not (tmp_path / "stack").exists()
    StackFolder(tmp_path / "stack").acquire()
