"""The options of a request for the form of its package, besides its content."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

SMALLEST_PART = 1_000_000  # bytes


class Target(StrEnum):
    """Whose reader a cartridge or a package of quizzes is written for."""

    CANVAS = "canvas"  # as Canvas itself writes it
    GENERIC = "generic"  # by the letter of the format, for other systems


class PackageOptions(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The options of one export; the target is of cartridges and quizzes, banks are of packages of quizzes."""

    version: str = ""  # of the format; empty: the one that the export type has by default
    target: Target = Target.CANVAS
    include_banks: bool = False
    thin: bool = False  # whether a cartridge (1.2 or 1.3) has links to the course instead of its content
    include_report: bool = False  # whether the package has the export's report as a member
    include_index: bool = False  # whether the package has a page that people read without any system
    max_part_size: int | None = None  # bytes of each zip, where a zip export is to be split
