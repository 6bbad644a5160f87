"""Where a package may be written: files through symlinks, devices and pipes as they are, and nothing that must fail."""

from __future__ import annotations

import errno
import os
import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import typer

from services.cli.destination import destination
from services.cli.errors import Unwritable


def written(out: Path, data: bytes = b"new") -> None:
    with destination(str(out)).open() as file:
        file.write(data)


def test_a_symlink_is_followed_and_stays_a_symlink(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    for name, target in (("link", "real"), ("dangling", "folder/missing")):
        (tmp_path / name).symlink_to(target)
        written(tmp_path / name)
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / target).read_bytes() == b"new"


def test_a_file_is_replaced_only_at_the_end_and_only_without_an_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"old")
    with suppress(KeyError), destination(str(tmp_path / "out")).open() as file:
        file.write(b"new")
        raise KeyError
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("out", b"old")]


def test_a_pipe_receives_the_bytes_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe, received = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    written(pipe)
    reader.join(10)
    assert received == [b"new"]
    assert pipe.is_fifo()


def test_a_device_is_written_to_and_stays_a_device() -> None:
    written(Path("/dev/null"))
    assert Path("/dev/null").is_char_device()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_a_sentence() -> None:
    with pytest.raises(Unwritable, match="/dev/full cannot be written: the disk is full"):
        written(Path("/dev/full"))


def test_a_quota_that_is_used_up_is_the_same_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unwritable, match="the disk is full"), destination(str(tmp_path / "out")).open():
        raise OSError(errno.EDQUOT, "Disk quota exceeded")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_refused_before_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        for name in (".", "socket", "loop", "file/out", "file/new/out"):
            with pytest.raises(Unwritable, match=name):
                destination(name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Unwritable, match="no right"):
        destination(str(tmp_path / "out"))


def test_a_package_is_not_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with pytest.raises(typer.BadParameter, match="terminal"):
        destination("-")
