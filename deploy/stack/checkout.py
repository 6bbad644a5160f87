"""The folders of this checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / ".run"  # data, logs and records of what runs here; ignored by git
