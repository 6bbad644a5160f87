"""Packages with seeded faults: in the bytes of the zip, in the bytes of a member, in the tree of a document."""

from __future__ import annotations

import copy
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from lxml import etree

NONSENSE = [
    *(
        "",
        " ",
        "nan",
        "-inf",
        "1e999",
        "-5",
        "9" * 30,
        "perhaps",
        "null",
        "true",
        "[1]",
        "{}",
        "[[1]]",
        '{"a":"\\ud800"}',
    ),
    *(
        "2026-99-99",
        "x" * 300,
        "_1",
        "../../x",
        "$IMS-CC-FILEBASE$",
        "$WIKI_REFERENCE$/pages/",
        "<b>&amp;",
        "\u202e\u0000",
    ),
]
_PARSER = etree.XMLParser(recover=True, resolve_entities=False)


def mutated(members: dict[str, bytes], chance: random.Random) -> bytes:
    """A zip of the members with up to four faults in them, or around them."""
    changed = dict(members)
    for _ in range(chance.randint(1, 4)):
        name = chance.choice(sorted(changed))
        changed = chance.choice(_MEMBERS)(changed, name, chance)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in changed.items():
            archive.writestr(name, body)
    return _bytes(held.getvalue(), chance) if chance.random() < 0.1 else held.getvalue()


def _bytes(data: bytes, chance: random.Random) -> bytes:
    """Bytes changed, cut off, doubled or moved."""
    if not data:
        return b"\xff<"
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    end = min(end, start + 400)
    piece = data[start:end]
    noise = bytes(chance.randrange(256) for _ in range(chance.randint(1, 8)))
    return chance.choice(
        [
            data[:start] + noise + data[start + len(noise) :],
            data[:start],
            data[:start] + data[end:],
            data[:end] + piece + data[end:],
            data[end:] + data[:end],
        ]
    )


def _tree(data: bytes, chance: random.Random) -> bytes:
    """Elements and attributes lost, doubled, moved or filled with nonsense."""
    try:
        root = etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError:
        return data
    if root is None:
        return data
    for _ in range(chance.randint(1, 6)):
        elements = list(root.iter("*"))
        with suppress(ValueError):  # names that a lenient parse lets through, and lxml will not write
            _fault(chance.choice(elements), elements, chance)
    return etree.tostring(root)


def _fault(element: etree._Element, elements: list[etree._Element], chance: random.Random) -> None:
    parent, other, fault = element.getparent(), chance.choice(elements), chance.randrange(7)
    if fault == 0:
        element.text = _word(chance)
    elif fault == 1 and element.attrib:
        element.set(chance.choice(sorted(element.attrib)), _word(chance))
    elif fault == 2 and parent is not None:
        parent.append(copy.deepcopy(element))
    elif fault == 3 and parent is not None:
        parent.remove(element)
    elif fault == 4:
        etree.SubElement(element, other.tag).text = _word(chance)
    elif fault == 5:
        element.append(copy.deepcopy(other))
    else:
        element.tag = other.tag


def _word(chance: random.Random) -> str:
    return chance.choice(NONSENSE).replace("\0", "")


def _json(data: bytes, chance: random.Random) -> bytes:
    """Values of a JSON document turned into other things."""
    try:
        value = json.loads(data)
    except ValueError:
        return data
    places = list(_places(value))
    for holder, key in chance.sample(places, min(len(places), chance.randint(1, 3))):
        holder[key] = chance.choice([None, 1, -1.5, True, "", "x", [], {}, [1], {"a": [1]}, 10**25, "\ud800", "\0"])
    return json.dumps(value).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _document(data: bytes, chance: random.Random) -> bytes:
    return _json(data, chance) if data.lstrip().startswith((b"{", b"[")) else _tree(data, chance)


Members = dict[str, bytes]
_MEMBERS: list[Callable[[Members, str, random.Random], Members]] = [
    lambda members, name, chance: {**members, name: _document(members[name], chance)},
    lambda members, name, chance: {**members, name: _document(members[name], chance)},
    lambda members, name, chance: {**members, name: _bytes(members[name], chance)},
    lambda members, _name, chance: {**members, "imsmanifest.xml": _tree(members.get("imsmanifest.xml", b""), chance)},
    lambda members, name, chance: {**members, name: members[chance.choice(sorted(members))]},
    lambda members, name, _chance: {n: b for n, b in members.items() if n != name} or members,
    lambda members, name, _chance: {(n if n != name else f"x/{n}"): b for n, b in members.items()},
]
