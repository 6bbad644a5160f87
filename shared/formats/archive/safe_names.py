"""Names of files and folders in a zip that Windows, macOS and Linux can unpack."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from dataclasses import dataclass, field

from shared.formats.file_paths import folded
from shared.formats.invisible import visible

# Bytes of a name: file systems take 255, and a number must still fit.
_LONGEST = 240
# Bytes of a folder's path: macOS takes 1,024 of a whole path, where it is unpacked included.
_LONGEST_FOLDER = 640
# Characters that Windows forbids in names, control characters, and halves of surrogate pairs.
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff<>:"/\\|?*]')
# Names of devices, which Windows opens instead of a file, whatever their extension.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(?=\.|$)", re.IGNORECASE)
_ARCHIVE = re.compile(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff\s/\\?:*"`]')
_LONGEST_ARCHIVE = 200  # bytes before "_export.zip"


def archive_name(folder_name: str) -> str:
    r"""The zip's file name: its common folder's, with an underscore for each control character, space and `/\?:*"`.

    Canvas means the same, but a slip in its pattern also takes out signs of punctuation, 0, 2 and x.
    """
    return f"{_cut(_ARCHIVE.sub('_', unicodedata.normalize('NFC', visible(folder_name))), _LONGEST_ARCHIVE)}_export.zip"


def safe_name(name: str) -> str:
    """A name that every common system accepts as one step of a path: composed, visible, legal, not too long, not empty.

    `a:b.txt` becomes `a_b.txt`, `con.txt` becomes `con_.txt`, `notes. ` becomes `notes`.
    """
    # Windows drops dots and blanks at the end of a name.
    safe = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", visible(name))).rstrip(". ")
    if device := _DEVICE.match(safe):
        safe = f"{safe[: device.end()].rstrip()}_{safe[device.end() :]}"
    stem, extension = posixpath.splitext(safe)
    if len(extension.encode()) > _LONGEST // 4:
        stem, extension = safe, ""
    stem = _cut(stem, _LONGEST - len(extension.encode()))
    return f"{stem}{extension}".rstrip(". ") or "_"


@dataclass(slots=True)
class SafeNames:
    """Gives the members of each folder names that differ on systems that ignore case."""

    _used: set[tuple[str, str]] = field(default_factory=set)
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def place(self, folder: str, name: str) -> str:
        """The path of a file in `folder` ("" or ending in '/'): its safe name, numbered where that is taken."""
        return self._place(folder, safe_name(name))

    def place_folder(self, folder: str, name: str) -> str:
        """The path of a folder, ending in '/'; at the top of the archive where it would be too long for some system."""
        safe = safe_name(name)
        fits = len(f"{folder}{safe}/".encode()) <= _LONGEST_FOLDER
        return f"{self._place(folder if fits else '', safe)}/"

    def _place(self, folder: str, safe: str) -> str:
        first = (folder, folded(safe))
        stem, extension = posixpath.splitext(safe)
        while (folder, folded(safe)) in self._used:
            self._numbers[first] = number = self._numbers.get(first, 0) + 1
            safe = f"{stem}-{number}{extension}"
        self._used.add((folder, folded(safe)))
        return f"{folder}{safe}"


def _cut(text: str, longest: int) -> str:
    return text.encode()[:longest].decode(errors="ignore")
