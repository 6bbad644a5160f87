"""An XML document written element by element: for documents too large to stand in memory as a tree."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from lxml import etree

from shared.formats.xml import DECLARATION, text_of


class XmlStream:
    """Writes one document with two-space indentation. Names are `{namespace}name`, or plain ones of the root's."""

    def __init__(self) -> None:
        """Start with the UTF-8 declaration, as every Canvas file does."""
        self._buffer = io.BytesIO()
        self._buffer.write(DECLARATION)
        self._stack = ExitStack()
        self._file = self._stack.enter_context(etree.xmlfile(self._buffer, encoding="UTF-8"))
        self._depth = 0
        self._namespace = ""

    @contextmanager
    def root(self, namespace: str, tag: str, nsmap: Mapping[str | None, str], **attributes: Any) -> Iterator[None]:
        """The root element, which declares every namespace of the document."""
        self._namespace = namespace
        with self._file.element(f"{{{namespace}}}{tag}", _written(attributes), nsmap=dict(nsmap)):
            self._depth = 1
            yield
            self._file.write("\n")

    @contextmanager
    def element(self, tag: str, **attributes: Any) -> Iterator[None]:
        """An element with elements inside. An attribute of None is left out."""
        self._indent()
        with self._file.element(self._name(tag), _written(attributes)):
            self._depth += 1
            yield
            self._depth -= 1
            self._indent()

    def leaf(self, tag: str, text: Any = None, **attributes: Any) -> None:
        """An element with text, or with nothing, inside. An attribute of None is left out."""
        self._indent()
        with self._file.element(self._name(tag), _written(attributes)):
            content = text_of(text)
            if content:
                self._file.write(content)

    def append(self, element: etree._Element) -> None:
        """An element with all that it holds, indented as a part of the document."""
        self._indent()
        etree.indent(element, space="  ", level=self._depth)
        self._file.write(element)

    def close(self, comments: Iterable[str] = ()) -> bytes:
        """The document, with comments after its root, a line each.

        A blank separates two hyphens in a row, which XML 1.0, 2.5 does not allow in a comment.
        """
        self._stack.close()
        self._buffer.write(b"\n")
        for comment in comments:
            line = re.sub("-(?=-)|-$", "- ", text_of(comment))
            self._buffer.write(f"<!-- {line} -->\n".encode())
        return self._buffer.getvalue()

    def _name(self, tag: str) -> str:
        return tag if tag.startswith("{") else f"{{{self._namespace}}}{tag}"

    def _indent(self) -> None:
        self._file.write("\n" + "  " * self._depth)


def _written(attributes: Mapping[str, Any]) -> dict[str, str]:
    return {name: text_of(value) for name, value in attributes.items() if value is not None}
