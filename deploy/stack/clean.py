"""`make clean`: end what killed runs left, and remove `.run/` with the servers' data, wherever they lie."""

from __future__ import annotations

import sys

from deploy.stack import compose
from deploy.stack.home import RUN, AlreadyRunning, Home


def main() -> int:
    """Exit code 1, with nothing of it removed, where a stack still runs."""
    folders = [*RUN.glob("tests/*/"), RUN / "demo", RUN]
    for folder in filter(lambda place: place.is_dir(), folders):
        home = Home(folder)
        try:
            home.take()
        except AlreadyRunning as error:
            print(f"{error}: stop it first", file=sys.stderr)
            return 1
        if compose.available():
            compose.Compose(home).remove()
        home.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
