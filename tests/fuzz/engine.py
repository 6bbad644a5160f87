"""One target under atheris, which is guided by what of our code an input reaches: `python -m tests.fuzz.engine`.

libFuzzer ends its process at the first exception. Here a finding is kept, once for each place that raises it, and the
run goes on; only a crash, a hang or an exhausted memory of the whole process end it.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import traceback
import warnings
from pathlib import Path

import atheris
import structlog

with atheris.instrument_imports(include=["shared", "services", "joserfc"]):
    from tests.fuzz.targets import TARGETS

from tests.fuzz import limits, mutations
from tests.fuzz.packages import SEEDS, canvas_members

_HANG_S = 60
_MEMORY_MIB = 2048


class Engine:
    """A target, and where its inputs and findings are kept."""

    def __init__(self, target: str, folder: Path) -> None:
        self._target = target
        self._check = TARGETS[target]
        self.corpus, self.findings = folder / target / "corpus", folder / target / "findings"
        for each in (self.corpus, self.findings):
            each.mkdir(parents=True, exist_ok=True)

    def run(self, options: list[str]) -> None:
        """Fuzz until the time is over. Does not return: libFuzzer ends the process."""
        self._seed()
        fixed = [
            f"-max_len={limits.LONGEST}",
            f"-timeout={_HANG_S}",
            f"-rss_limit_mb={_MEMORY_MIB}",
            f"-artifact_prefix={self.findings}/",
            "-print_final_stats=1",
            "-len_control=0",
        ]
        arguments = [sys.argv[0], *fixed, *options, str(self.corpus)]
        atheris.Setup(arguments, self._one, custom_mutator=_mutate)
        atheris.Fuzz()

    def _seed(self) -> None:
        for seed in sorted((SEEDS / self._target).glob("*")):
            shutil.copy(seed, self.corpus / f"seed-{seed.name}")
        if self._target == "document":
            for number, (path, body) in enumerate(canvas_members().items()):
                (self.corpus / f"seed-{number}").write_bytes(path.encode() + b"\n" + body)

    def _one(self, data: bytes) -> None:
        try:
            limits.run_within_limits(self._check, data)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a finding)
            self._keep(data, error)

    def _keep(self, data: bytes, error: Exception) -> None:
        """Keep an input and its traceback, unless the place is known; a slow one only if it is so without atheris."""
        path = self.findings / _place(error)
        if path.exists():
            return
        path.write_bytes(data)
        if isinstance(error, limits.TooSlow):
            again = [sys.executable, "-m", "tests.fuzz", self._target, "--input", str(path)]
            if subprocess.run(again, capture_output=True, check=False).returncode == 0:
                path.unlink()
                return
        path.with_suffix(".txt").write_text("".join(traceback.format_exception(error)), errors="backslashreplace")
        print(f"FINDING {self._target}: {path.name}: {ascii(error)[:200]}", flush=True)


def _place(error: Exception) -> str:
    """A name for where an error comes from: its type and the deepest of our own lines."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "/site-packages/" not in frame.filename]
    where = ours[-1]
    return f"{type(error).__name__}-{Path(where.filename).stem}-{where.name}-{where.lineno}".replace("<", "").replace(
        ">", ""
    )


def _mutate(data: bytes, longest: int, seed: int) -> bytes:
    return mutations.well_formed(data, longest, seed, atheris.Mutate)


def main() -> None:
    """`TARGET FOLDER OPTION...`: options are libFuzzer's."""
    target, folder, *options = sys.argv[1:]
    warnings.simplefilter("ignore")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    Engine(target, Path(folder)).run(options)


if __name__ == "__main__":
    main()
