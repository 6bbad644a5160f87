"""Paths of the reference data outside the repository: real packages, schemas, independent tools."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lxml import etree

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("CONTENT_EXPORTS_SHARED") or REPOSITORY / ".." / "shared").resolve()
CORPORA = SHARED / "corpora"

needs_shared = pytest.mark.skipif(
    not CORPORA.is_dir(), reason="needs the shared packages and schemas: set CONTENT_EXPORTS_SHARED"
)


def package(name: str) -> Path:
    """A package of the corpora by its file name."""
    return next(CORPORA.glob(f"*/{name}"))


def schema(name: str) -> etree.XMLSchema:
    """One of the official schemas of Common Cartridge 1.1, whose imports are files of the same folder."""
    folder = SHARED / "schemas" / "ccv1p1"

    class Beside(etree.Resolver):
        def resolve(self, url: str, public_id: str, context: object) -> object:
            return self.resolve_filename(str(folder / Path(url).name), context)

    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Beside())
    return etree.XMLSchema(etree.parse(str(folder / name), parser))
