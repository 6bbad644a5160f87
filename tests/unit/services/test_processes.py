"""How the processes begin."""

from __future__ import annotations

import re

from deploy.stack.checkout import ROOT

_BEGIN = re.compile(r"^ *run_service\((.+)\)$", re.MULTILINE)


def test_every_process_that_has_a_database_begins_once_the_schema_is_there() -> None:
    begins = {
        str(path.relative_to(ROOT)): arguments
        for room in ("services", "shared")
        for path in sorted((ROOT / room).rglob("*.py"))
        for arguments in _BEGIN.findall(path.read_text())
    }
    assert len(begins) > 8
    unmigrated = {path for path, arguments in begins.items() if "once_migrated(" not in arguments}
    assert unmigrated == {"services/console/__main__.py"}, "it is a client of the HTTP API alone"
