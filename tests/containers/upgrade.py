"""An upgrade of running containers: from the image of earlier code to that of this checkout, with exports under way."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.containers.images import build_image
from tests.containers.project import IMAGE, TYPES, Project, load_and_export
from tests.support.last_release import check_out

# The first code whose image is built from Debian alone, so that no registry is needed. FROM= names another commit.
EARLIER = "3a6ee4a0446f053730a35e15b40fa305f324d7f4"
IMAGE_BEFORE = f"{IMAGE}-before"
UNDER_WAY = 60


def upgrade(running: Project) -> None:
    """Replace all containers of earlier code while exports wait and are built; each ends exported, none is doubled."""
    with TemporaryDirectory() as folder:
        checkout = Path(folder)
        checkout.chmod(0o755)
        check_out(os.environ.get("FROM") or EARLIER, checkout)
        build_image(IMAGE_BEFORE, checkout)
        before = running.at(checkout, IMAGE_BEFORE)
        running.note("ready before the upgrade", f"{before.up():.1f} s")
        client = before.client()
        course = load_and_export(before, client)
        asked = [client.create(course, TYPES[number % len(TYPES)]) for number in range(UNDER_WAY)]
        running.note("ready after the upgrade", f"{running.up():.1f} s")
    states = Counter(client.finished(each)["workflow_state"] for each in asked)
    assert states == {"exported": UNDER_WAY}, states
    listed = client.http.get(f"/api/v1/courses/{course}/content_exports?per_page=100").json()
    assert len(listed) == UNDER_WAY + len(TYPES), "each export is there once"
    running.note("upgraded", f"{UNDER_WAY} exports under way ended exported")
    load_and_export(running, client)
