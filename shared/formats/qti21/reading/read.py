"""Tests, sections and items of a QTI 2 package as quizzes, groups, banks and questions. Source: QTI 2.0 to 3.0."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote

from shared.domain.content.quizzes import QuestionBank, Quiz
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.relative_links import RelativeLinks
from shared.formats.imscp.resource import Resource
from shared.formats.qti.idents import Idents
from shared.formats.qti.read_assessment import DocumentContext
from shared.formats.qti21.reading.read_assessment import SECTION, Documents, read_bank_section, read_items, read_test
from shared.formats.qti21.stimuli import STIMULUS, insert_stimuli
from shared.formats.qti21.version3 import is_version3, rename_as_version2
from shared.formats.xml import Element

_TEST, _ITEM = "assessmentTest", "assessmentItem"


def read(resources: list[Resource], source: PackageSource, importing: Importing, idents: Idents) -> None:
    """Add a quiz for each test, a bank for each section that no test refers to, and a bank for the remaining items."""
    roots = dict(_documents(resources, source, importing))
    used = insert_stimuli(roots)
    for member, root in roots.items():
        if xml.local(root) == STIMULUS and member not in used:
            importing.warn(WarningCode.QTI3_NOT_MAPPED, member, "No item refers to this shared text.")
    documents = Documents(roots.items())
    names = {member: resource.identifier for resource in resources for member in _members(resource)}

    def context_of(member: str) -> DocumentContext:
        return DocumentContext(importing, member, idents, RelativeLinks(posixpath.dirname(member), source.package))

    for member, root in documents.with_root(_TEST):
        identifier = names[member]
        quiz = Quiz(
            id=importing.id_of(Kind.QUIZZES, identifier),
            migration_id=identifier,
            position=len(importing.all(Kind.QUIZZES)) + 1,
        )
        read_test(root, quiz, documents, context_of(member))
        importing.add(Kind.QUIZZES, quiz)
    for member, root in documents.with_root(SECTION):
        # A document that another one refers to is part of that one; only the rest are banks.
        if member not in documents.used:
            title = root.get("title") or names[member]
            bank = _bank(importing, names[member], title)
            read_bank_section(root, bank, documents, context_of(member))
    rest = [member for member, _ in documents.with_root(_ITEM) if member not in documents.used]
    if rest:
        title = source.manifest.title or "Items"
        read_items(rest, _bank(importing, f"{source.manifest.identifier}_items", title), documents, context_of(rest[0]))


def _bank(importing: Importing, identifier: str, title: str) -> QuestionBank:
    bank = QuestionBank(
        id=importing.id_of(Kind.QUESTION_BANKS, identifier),
        migration_id=identifier,
        position=len(importing.all(Kind.QUESTION_BANKS)) + 1,
        title=title,
    )
    importing.add(Kind.QUESTION_BANKS, bank)
    return bank


def _members(resource: Resource) -> list[str]:
    names = [resource.href or "", *resource.files]
    return list(dict.fromkeys(name for name in names if name.lower().endswith(".xml")))


def _documents(resources: list[Resource], source: PackageSource, importing: Importing) -> Iterator[tuple[str, Element]]:
    """(member, root) of each document of QTI 2 or 3 in order; a warning for a missing member and for any other document."""
    for name in [name for resource in resources for name in _members(resource)]:
        member = name if name in source.package else unquote(name)
        source.used.add(member)
        if member not in source.package:
            importing.warn(WarningCode.QTI_MISSING, member, "The package lists it but does not hold it.")
            continue
        root = source.package.xml(member, importing)
        if root is None:
            continue
        kind = xml.local(root)
        newest = is_version3(root)
        if newest:
            rename_as_version2(root)
        if xml.local(root) in (_TEST, SECTION, _ITEM, STIMULUS):
            yield member, root
        else:
            code = WarningCode.QTI3_NOT_MAPPED if newest else WarningCode.QTI_UNKNOWN
            importing.warn(code, member, f"<{kind}> is no test, section, item or shared text of QTI.")
