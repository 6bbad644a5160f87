"""`make bench`: every benchmark, or those named, as one table in Markdown."""

from __future__ import annotations

import importlib
import sys

from tests.bench.table import Line, machine, markdown

BENCHES = (
    "http",
    "edge",
    "commands",
    "content",
    "whole_path",
    "throughput",
    "estimate",
    "relay",
    "packaging",
    "offline",
    "verification",
    "courses",
    "streams",
    "console_pages",
    "qti",
    "downloads",
    "big_zip",
)


def main() -> None:
    """Run and print; each benchmark as soon as it has ended."""
    wanted = sys.argv[1:] or BENCHES
    lines: list[Line] = []
    for name in wanted:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        lines += importlib.import_module(f"tests.bench.{name}").run()
    print(markdown(lines))
    print(f"\nMeasured on {machine()}.")


if __name__ == "__main__":
    main()
