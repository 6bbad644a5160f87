"""A process that gets SIGTERM ends within its time, whatever its threads do."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from deploy.stack.checkout import ROOT

STUCK = """
import asyncio, os, sys
from shared.runtime import lifecycle

lifecycle._OVERTIME_S = 0.3

async def main(settings, stopping):
    asyncio.get_running_loop().run_in_executor(None, os.open, sys.argv[1], os.O_RDONLY)  # a pipe without a writer
    print("ready", flush=True)
    await stopping.wait()

lifecycle.run_service("stuck", main)
"""


def test_a_process_whose_thread_never_returns_ends_after_its_grace_time_and_logs_why(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    subprocess.run(["mkfifo", str(pipe)], check=True)
    settings = {"DATABASE_URL": "postgresql://127.0.0.1/none", "SECRET_KEY": "k" * 32, "STOP_GRACE_S": "0.1"}
    command = [sys.executable, "-c", STUCK, str(pipe)]
    with subprocess.Popen(command, cwd=ROOT, env=settings, stdout=-1, stderr=-1, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
    assert process.returncode == 1
    assert json.loads(log.splitlines()[-1])["event"] == "service_did_not_stop"
