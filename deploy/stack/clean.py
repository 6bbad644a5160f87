"""`make clean`: end processes that killed runs left, and remove `.run/` with the servers' data, wherever they lie."""

from __future__ import annotations

import sys
from pathlib import Path

from deploy.stack import compose
from deploy.stack.checkout import RUN
from deploy.stack.stack_folder import AlreadyRunning, StackFolder


def main() -> int:
    """Remove every stack folder. Exit code 1 at the first whose stack still runs; that folder stays."""
    folders = [*RUN.glob("tests/*/"), RUN / "demo", RUN]  # RUN last: the others lie in it
    for folder in filter(Path.is_dir, folders):
        stack_folder = StackFolder(folder)
        try:
            stack_folder.acquire()
        except AlreadyRunning as error:
            print(f"{error}: stop it first", file=sys.stderr)
            return 1
        if compose.available():
            compose.Compose(stack_folder).remove()
        stack_folder.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
