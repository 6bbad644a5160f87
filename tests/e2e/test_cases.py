"""Small inputs after public bug reports and real packages: loaded and exported by the running system, read by lxml.

Each row of `quiz_cases`, `course_cases` and `link_cases` stands for a whole kind of input; the unit tests beside the code say more of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import course_cases, link_cases, quiz_cases
from tests.support.client import Client
from tests.support.exported_case import CASES, Case, Exported

ALL = [*quiz_cases.CASES, *course_cases.CASES, *link_cases.CASES]


@pytest.fixture(scope="module")
def loaded(load: Callable[[Path], dict[str, Any]]) -> Callable[[Case], dict[str, Any]]:
    """The output of the load of a case; each input is loaded once."""
    outputs: dict[Path, dict[str, Any]] = {}

    def run(case: Case) -> dict[str, Any]:
        if case.input not in outputs:
            outputs[case.input] = load(case.input)
        return outputs[case.input]

    return run


@pytest.mark.parametrize("case", ALL, ids=str)
def test_a_case_comes_out_right(
    admin: Client, loaded: Callable[[Case], dict[str, Any]], case: Case, tmp_path: Path
) -> None:
    output = loaded(case)
    done = admin.exported(output["course_id"], case.export_type, **case.options)
    path = admin.download(done, tmp_path / "package.zip")
    assert case.read(Exported(path, output, admin.report(done))) == case.right


def test_every_folder_of_cases_has_a_row() -> None:
    assert {case.folder for case in ALL} == {folder.name for folder in CASES.iterdir()}
