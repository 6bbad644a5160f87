"""`<material>`: text or HTML, written and read. Source: QTI 1.2, material and mattext; Canvas writes one mattext."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import NamedTuple

from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.inline_markup import inline_markup
from shared.formats.xml import Element

RESPONSES = ("response_lid", "response_str", "response_num", "response_grp", "response_xy", "response_extension")
HTML = "text/html"
PLAIN = "text/plain"

_DIV = re.compile(r"<(/?)div\b[^>]*?(/?)>", re.IGNORECASE)
# Respondus writes this in place of the folder of a picture.
_RESPONDUS_FOLDER = "%%LINKPATH%%"
_MEDIA = {
    "matimage": "img",
    "mataudio": "audio",
    "matvideo": "video",
    "matapplet": "object",
    "matapplication": "object",
}
# The attribute of QTI that names the media type of each, and those of a picture that HTML has too.
_MEDIA_TYPES = ("imagtype", "audiotype", "videotype", "apptype")
_SIZES = ("width", "height")
# Blackboard has its texts in elements of its own.
_TEXTS = ("mattext", "matemtext", "matbreak", "mat_formattedtext")
_CONTAINERS = (
    "material",
    "mat_extension",
    "flow",
    "flow_mat",
    "flow_label",
    "solution",
    "solutionmaterial",
    "hint",
    "hintmaterial",
)


class Material(NamedTuple):
    """The content of a material: plain text, HTML, or neither."""

    text: str | None = None
    html: str | None = None

    @property
    def as_html(self) -> str:
        """The material as HTML, whichever form it has."""
        return self.html if self.html is not None else escape(self.text or "", quote=False)


def add_material(parent: Element, text: str | None, markup: str | None) -> None:
    """Append the HTML if there is any, else the text, which may be empty."""
    block = xml.add(parent, "material")
    if markup:
        xml.add(block, "mattext", markup, texttype=HTML)
    else:
        xml.add(block, "mattext", text, texttype=PLAIN)


def add_bare_material(parent: Element, text: str | None) -> None:
    """Append text without a texttype, as Canvas does for right sides and the names of blanks."""
    xml.add(xml.add(parent, "material"), "mattext", text)


def stated_text(question: Question) -> str | None:
    """A question's text, in the <div> that Canvas puts around it unless it comes from New Quizzes."""
    return question.question_text if question.unwrapped else f"<div>{question.question_text or ''}</div>"


def unwrapped(markup: str) -> tuple[str, bool]:
    """(text, was wrapped): the text without one enclosing <div>, if there is one around all of it."""
    stripped = markup.strip()
    if not (stripped.startswith("<div>") and stripped.endswith("</div>")):
        return markup, False
    depth = 0
    for tag in _DIV.finditer(stripped):
        closing, empty = tag.groups()
        depth += 0 if empty else -1 if closing else 1
        if depth == 0 and tag.end() < len(stripped):
            return markup, False
    return (stripped[len("<div>") : -len("</div>")], True) if depth == 0 else (markup, False)


def is_html(piece: Element) -> bool:
    """Whether a text is HTML: by its type in any spelling, or because there are elements in it."""
    stated = piece.get("texttype") or piece.get("type")
    return stated == HTML or (stated is not None and _says_html(stated)) or len(piece) > 0


def _says_html(texttype: str) -> bool:
    word = texttype.lower()
    return "html" in word or word == "smart_text"


def read_material(parent: Element | None, stands_for: Callable[[Element], str] | None = None) -> Material:
    """The text and media below an element, nested flows included, but not those of its responses.

    One plain mattext stays plain; anything else becomes HTML, images and sounds as elements. `stands_for` gives the
    text in the place of a response; without it, responses are left out.
    """
    parts = [] if parent is None else pieces(parent, with_responses=stands_for is not None)
    # QTI 1.2: text/plain is the default of the attribute.
    if len(parts) == 1 and xml.local(parts[0]) in ("mattext", "mat_formattedtext") and not is_html(parts[0]):
        return Material(text=xml.inner_text(parts[0]) or None)
    markup = "".join(
        stands_for(piece) if stands_for and xml.local(piece) in RESPONSES else _markup(piece) for piece in parts
    )
    return Material(html=markup or None)


def pieces(parent: Element, *, with_responses: bool = False) -> list[Element]:
    """The texts and media below an element, in order, those of nested flows included."""
    parts: list[Element] = []
    for child in parent:
        name = xml.local(child)
        if name in _MEDIA or name in _TEXTS or (with_responses and name in RESPONSES):
            parts.append(child)
        elif name in _CONTAINERS:
            parts.extend(pieces(child, with_responses=with_responses))
    return parts


def _markup(piece: Element) -> str:
    name = xml.local(piece)
    if name == "matbreak":
        return "<br>"
    if name in _MEDIA:
        return _media(piece, _MEDIA[name])
    if len(piece):
        return inline_markup(piece)
    text = xml.inner_text(piece)
    return text if is_html(piece) else escape(text, quote=False)


def _media(piece: Element, tag: str) -> str:
    stated = "".join(f' {name}="{escape(size)}"' for name in _SIZES if (size := piece.get(name)))
    address = "data" if tag == "object" else "src"
    start = f'<{tag} {address}="{escape(_source(piece))}"'
    if tag == "img":
        alt = f' alt="{escape(piece.get("label") or "")}"' if piece.get("label") else ""
        return f"{start}{alt}{stated}>"
    return f"{start}{stated}></{tag}>"


def _source(piece: Element) -> str:
    """The address of a medium; one that is embedded is its own address."""
    if (piece.get("embedded") or "").lower() == "base64" and not piece.get("uri"):
        stated = next((kind for name in _MEDIA_TYPES if (kind := piece.get(name))), "image/jpeg")
        return f"data:{stated};base64,{''.join(xml.inner_text(piece).split())}"
    return (piece.get("uri") or "").replace(_RESPONDUS_FOLDER, "$IMS-CC-FILEBASE$/")
