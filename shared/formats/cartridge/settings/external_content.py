"""`external_content/*.json`: what services beside Canvas (outcomes, New Quizzes) add to a package, carried as it stands.

Source: Canvas, `lib/cc/exporter.rb` and `app/models/external_content/`; no resource of the manifest lists these members.
Their objects are named by identifiers of the package, which an export keeps, so that the texts stay true.
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.domain.warning_codes import WarningCode
from shared.formats.canvas.settings_document import course_of
from shared.formats.entry import Entry
from shared.formats.file_paths import safe_name
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import EXTERNAL_CONTENT, PackageSource
from shared.formats.packing import Packing

_ENDING = ".json"
_LARGEST = 4_000_000  # bytes of all members together, which are read with the course; more are warned of as leftovers


def read(source: PackageSource, importing: Importing) -> None:
    """Keep the text of each member by the name of its service, and name it; text that is not UTF-8 is left over."""
    texts: dict[str, str] = {}
    room = _LARGEST
    for member in source.package.names if source.is_canvas else ():
        service = _service(member)
        if service is None or source.package.size(member) > room:
            continue
        try:
            texts[service] = source.package.read(member).decode()
        except UnicodeDecodeError:
            continue
        room -= source.package.size(member)
        source.used.add(member)
        importing.warn(WarningCode.CARRIED_UNKNOWN, member, "This member is not known here; it is kept as it is.")
    course_of(importing).external_content = texts or None


def _service(member: str) -> str | None:
    """The name of the service that a member of the folder belongs to."""
    name = member.removeprefix(EXTERNAL_CONTENT)
    is_direct = name != member and "/" not in name and name.endswith(_ENDING)
    return name.removesuffix(_ENDING) if is_direct else None


def write(packing: Packing) -> Iterator[Entry]:
    """The members of a package with the settings of the course, by name."""
    if packing.selection.flag("course_settings"):
        for service, text in sorted((packing.course.course.external_content or {}).items()):
            yield Entry(f"{EXTERNAL_CONTENT}{safe_name(f'{service}{_ENDING}')}", text.encode())
