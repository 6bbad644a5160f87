"""Which processes of `make run` are started again, and on which ports."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from deploy.stack.ports import LOOPBACK, free_port, kept_ports
from deploy.stack.restarts import MOST, WITHIN_S, WRONG_SETTING, Restarts


def test_a_process_that_ends_now_and_then_is_always_started_again() -> None:
    restarts = Restarts()
    assert all(restarts.allowed("qti", -9, number * WITHIN_S / MOST) for number in range(100))


def test_a_process_that_ends_again_and_again_is_given_up_and_others_are_not() -> None:
    restarts = Restarts()
    assert [restarts.allowed("qti", 1, number) for number in range(MOST + 1)] == [True] * MOST + [False]
    assert restarts.allowed("zip", 1, MOST)


def test_a_process_with_a_wrong_setting_is_not_started_again() -> None:
    assert not Restarts().allowed("qti", WRONG_SETTING, 0)


def test_ports_are_those_of_the_last_time_unless_someone_has_taken_one(
    tmp_path: Path,
) -> None:
    before = free_port(hold=False)
    note = tmp_path / "ports.json"
    with socket.create_server((LOOPBACK, 0)) as other:
        taken = other.getsockname()[1]
        note.write_text(json.dumps({"gateway": before, "qti": taken}))
        ports = kept_ports(note, ["gateway", "qti", "zip"])
    assert ports["gateway"] == before
    assert ports["qti"] != taken
    assert len(set(ports.values())) == 3
    assert kept_ports(note, ["gateway", "qti", "zip"]) == ports


def test_a_port_of_the_last_time_is_chosen_by_no_one_else_before_its_server_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, other = free_port(hold=False), free_port(hold=False)
    note = tmp_path / "ports.json"
    note.write_text(json.dumps({"gateway": before}))
    assert kept_ports(note, ["gateway"]) == {"gateway": before}
    monkeypatch.setattr("random.SystemRandom.sample", lambda *_, k: [before, other][:k])
    assert free_port(hold=False) == other
    with socket.create_server((LOOPBACK, before)):
        assert free_port(hold=False) == other


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"gateway": "x"}'])
def test_a_note_that_cannot_be_read_gives_other_ports(tmp_path: Path, text: str) -> None:
    (tmp_path / "ports.json").write_text(text)
    assert kept_ports(tmp_path / "ports.json", ["gateway"])["gateway"] > 0
