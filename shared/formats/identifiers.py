"""Identifiers of a package: stable, and computable from kind and id alone (Canvas)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.identifiers import Identified
from shared.domain.kinds import SHARD, Kind, asset_name, family, local_id

# The identifier of QTI 2.1, which readers want in ASCII.
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
# xs:ID is a name of XML without a colon. Beside ASCII, the letters of the scripts in use that every edition of XML allows.
_LETTERS = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u0131\u03a3-\u03ce\u0410-\u044f\u05d0-\u05ea\u3041-\u3094\u30a1-\u30fa\u4e00-\u9fa5"
_ID = re.compile(rf"[A-Za-z_{_LETTERS}][A-Za-z0-9_.{_LETTERS}-]*+")
# Questions and their groups have an `ident` of QTI 1.2, which may be any text.
ANY_TEXT = frozenset({Kind.QUIZ_QUESTIONS, Kind.BANK_QUESTIONS, Kind.QUIZ_GROUPS})


def hashed(text: str, letter: str = "g") -> str:
    """A letter and the hex MD5 of `text`: the form of every identifier that Canvas writes."""
    # MD5 is Canvas's choice: importers find objects that they loaded before by these very identifiers.
    return letter + hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def is_name(text: str) -> bool:
    """Whether a text can be an identifier of XML and of QTI: letters, digits, `_`, `-` and `.`, no digit first."""
    return _NAME.fullmatch(text) is not None


def as_name(identifier: str) -> str:
    """The identifier as a name of XML; packages of other tools have some that begin with a digit."""
    if is_name(identifier):
        return identifier
    return f"i{identifier}" if is_name(f"i{identifier}") else hashed(identifier, "h")


def is_id(text: str) -> bool:
    """Whether a text is an xs:ID."""
    return _ID.fullmatch(text) is not None


def is_written_id(text: str) -> bool:
    """Whether a text is an xs:ID but for a digit in front, as Canvas itself has written some."""
    return is_id(f"i{text}")


def as_id(identifier: str) -> str:
    """The identifier as an xs:ID, which those of other tools need not be: they begin with digits or have blanks."""
    return identifier if is_id(identifier) else as_name(identifier)


def written_id(identifier: str) -> str:
    """The identifier of a package of origin as it is written.

    Canvas itself has written some that begin with a digit, by which its importer finds the object again: they stay.
    """
    return identifier if is_written_id(identifier) else as_id(identifier)


def global_id(object_id: int) -> int:
    """The id that Canvas hashes: local ids are lifted to shard 1, ids that are global already stay."""
    return object_id if object_id >= SHARD else SHARD + object_id


def key(kind: Kind, object_id: int, prefix: str = "") -> str:
    """The identifier of an object: `g` + MD5 of prefix, asset name, underscore and global id."""
    return hashed(f"{prefix}{asset_name(kind)}_{global_id(object_id)}")


def local_key(kind: Kind, object_id: int) -> str:
    """The identifier of an object in packages that Canvas made with local ids: `i` + MD5 of asset name and id."""
    return hashed(f"{asset_name(kind)}_{local_id(object_id)}", "i")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a package spells references where its writer's version left a choice; importers read either way."""

    # %24IMS-CC-FILEBASE%24: Canvas escaped every reserved character of an address for some years.
    escaped: bool = False
    # $WIKI_REFERENCE$/pages/<slug>, as Canvas wrote before it gave pages' identifiers.
    slugs: bool = False

    @classmethod
    def of(cls, words: str) -> Spelling:
        """Parse the words that `str` returns."""
        parts = words.split()
        return cls("escaped" in parts, "slugs" in parts)

    def __str__(self) -> str:
        return " ".join(word for word, applies in (("escaped", self.escaped), ("slugs", self.slugs)) if applies)


# In front of the name of an HTML field.
SPELLING = "html:"


def spelling_prefix(place: str) -> str:
    """The prefix under which the spelling of an HTML field is kept among the identifiers of its object."""
    return f"{SPELLING}{place}"


@dataclass(slots=True)
class Keys:
    """Identifiers for one package: that of the package of origin, else the one that Canvas computes."""

    imported: Mapping[Identified, str] = field(default_factory=dict)
    # Whether all are xs:IDs. Canvas's importer knows objects by the very identifiers that it once wrote, others do not.
    only_valid: bool = False

    def of(self, kind: Kind, object_id: int, prefix: str = "") -> str:
        """The identifier of (kind, id), or of its companion with this prefix.

        Announcements are discussion topics here, as they are in Canvas's identifiers.
        """
        imported = self.imported.get((family(kind), object_id, prefix))
        if not imported:
            return key(kind, object_id, prefix)
        return imported if kind in ANY_TEXT else self.written(imported)

    def written(self, identifier: str) -> str:
        """An identifier of the package of origin as it is written here."""
        return as_id(identifier) if self.only_valid else written_id(identifier)

    def names(self, kind: Kind, object_id: int) -> tuple[str, ...]:
        """All identifiers that a selection may name an object by: here, in the package of origin, and Canvas's two."""
        own = self.of(kind, object_id)
        origin = self.imported.get((family(kind), object_id, ""), own)
        return own, origin, key(kind, object_id), local_key(kind, object_id)

    def spelling(self, kind: Kind, object_id: int, place: str) -> Spelling:
        """How the package of origin spelled the references in an HTML field; today's spelling for content of this service."""
        return Spelling.of(self.imported.get((family(kind), object_id, spelling_prefix(place)), ""))
