"""`<lom>` of IMS Learning Resource Metadata 1.2, which came before IEEE LOM: other names, and vocabularies in elements.

Source: IMS Learning Resource Meta-Data 1.2.1, XML binding.
"""

from __future__ import annotations

from shared.formats.imscp import licenses
from shared.formats.packing import Packing
from shared.formats.xml_stream import XmlStream

_VOCABULARY = "LOMv1.0"


def write(out: XmlStream, packing: Packing, namespace: str, title: str) -> None:
    """The package's own `<lom>`: its title, the day of the export, the licence of the course."""

    def md(tag: str) -> str:
        return f"{{{namespace}}}{tag}"

    def text(tag: str, content: str) -> None:
        with out.element(md(tag)):
            out.leaf(md("langstring"), content)

    def word(tag: str, value: str) -> None:
        with out.element(md(tag)):
            text("source", _VOCABULARY)
            text("value", value)

    with out.element(md("lom")):
        with out.element(md("general")):
            text("title", title)
        with out.element(md("lifecycle")), out.element(md("contribute")):
            word("role", "Publisher")
            with out.element(md("date")):
                out.leaf(md("datetime"), packing.request.date.isoformat())
        with out.element(md("rights")):
            word("copyrightandotherrestrictions", "yes")
            text("description", licenses.description(packing.course.course.license))
