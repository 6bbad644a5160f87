"""The elements of HTML that bodies of QTI 2.1 allow, and what the others become. Source: QTI 2.1, bodyElement."""

from __future__ import annotations

# The body of an item is a subset of XHTML 1: no styles, no elements of HTML 5.
INLINE = frozenset(
    {
        *("em", "strong", "b", "i", "big", "small", "sub", "sup", "tt", "code", "kbd", "samp", "var", "cite", "dfn"),
        *("abbr", "acronym", "q", "a", "span", "img", "br", "object"),
    }
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BLOCK = HEADINGS | {"p", "pre", "address", "dl", "ol", "ul", "hr", "blockquote", "table", "div"}
# Parts of lists and tables.
PARTS = frozenset({"li", "dt", "dd", "caption", "thead", "tfoot", "tbody", "tr", "td", "th"})
VOID = frozenset({"img", "br", "hr"})

# What an element may hold: only "inline" elements, only "block"s, only items of a list ("li"), or text and blocks
# ("flow", for each element that is not named here).
CONTENT = {
    "ul": "li",
    "ol": "li",
    "blockquote": "block",
    **dict.fromkeys(("p", "address", "dt", "caption", "pre", *HEADINGS, *(INLINE - {"object"})), "inline"),
}

# The attributes that each element may have, beside class and xml:lang.
ATTRIBUTES = {
    "a": ("href",),
    "img": ("src", "alt", "width", "height"),
    "object": ("data", "type", "width", "height"),
    "td": ("headers", "scope", "abbr", "rowspan", "colspan"),
    "th": ("headers", "scope", "abbr", "rowspan", "colspan"),
    "table": ("summary",),
}
WHOLE_NUMBERS = ("width", "height", "rowspan", "colspan")
# Attributes that are left out without a warning: they show nothing, or another attribute replaces them.
SILENT_ATTRIBUTES = frozenset({"id", "title", "target", "rel", "alt", "data", "type", "src", "dir", "href"})

AS_DIV = frozenset(
    {
        *("section", "article", "header", "footer", "figure", "figcaption", "main", "nav", "aside", "details"),
        *("summary", "center", "fieldset", "form", "body"),
    }
)
AS_SPAN = {
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "mark": "highlight",
}
UNSHOWN = frozenset({"script", "style", "link", "meta", "title", "head", "template", "noscript", "base"})
PLAYERS = {"video": "video/mp4", "audio": "audio/mpeg", "iframe": "text/html", "embed": "text/html"}
