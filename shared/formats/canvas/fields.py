"""Elements that hold one value each, as a table that both the writer and the reader of a kind follow.

Canvas writes such elements under three rules (Canvas: its exporter's attribute lists):
always, and empty for no value (`<due_at/>`); or where there is a value, False and 0 included; or only where true.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from shared.domain.warning_codes import WarningCode
from shared.formats import json_text, times, xml
from shared.formats.importing import Importing

# Whole numbers of the content are ids and counts, which a database keeps as a bigint.
_BIGGEST = 2**63
# White space of XML 1.0, 2.3. `str.strip` removes more, such as no-break spaces, which are content.
_SPACE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Field:
    """One element and the field of the object that it holds. `read` returns None for a text without such a value."""

    element: str
    name: str
    read: Callable[[str], Any]
    write: Callable[[Any], Any]
    always: bool = False  # an empty element where there is no value
    only_true: bool = False
    default: Any = None  # the text of an `always` element for None

    @property
    def required(self) -> Field:
        """The same element, written even without a value."""
        return replace(self, always=True)

    def or_else(self, default: Any) -> Field:
        """The same element, written always, with `default` for no value."""
        return replace(self, always=True, default=default)

    @property
    def if_true(self) -> Field:
        """The same element, written only where it is true."""
        return replace(self, only_true=True)


def _same(value: Any) -> Any:
    return value


def read_bool(text: str) -> bool | None:
    """`true` and `false`, and the other spellings of old packages."""
    word = text.strip().lower()
    if word in ("true", "1", "t", "yes"):
        return True
    return False if word in ("false", "0", "f", "no") else None


def read_int(text: str) -> int | None:
    """A whole number, also where it is written `3.0`; None above what a database keeps as one."""
    value = xml.number_of(text)
    return int(value) if value is not None and abs(value) < _BIGGEST and value == int(value) else None


def _read_json(text: str) -> Any:
    try:
        return json_text.load(text)
    except ValueError:
        return None


def _read_object(text: str) -> dict[str, Any] | None:
    data = _read_json(text)
    return data if isinstance(data, dict) else None


def _read_objects(text: str) -> list[dict[str, Any]] | None:
    data = _read_json(text)
    return data if isinstance(data, list) and all(isinstance(one, dict) for one in data) else None


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def text(element: str, name: str | None = None) -> Field:
    """A text, unchanged."""
    return Field(element, name or element, _same, _same)


def flag(element: str, name: str | None = None) -> Field:
    """`true` or `false`."""
    return Field(element, name or element, read_bool, _same)


def flags(*elements: str) -> tuple[Field, ...]:
    """Several elements with `true` or `false`, called like their fields."""
    return tuple(flag(element) for element in elements)


def whole(element: str, name: str | None = None) -> Field:
    """A whole number."""
    return Field(element, name or element, read_int, _same)


def number(element: str, name: str | None = None) -> Field:
    """A number, kept as it is written: 10 or 10.0."""
    return Field(element, name or element, xml.number_of, _same)


def moment(element: str, name: str | None = None) -> Field:
    """A time in UTC without a zone."""
    return Field(element, name or element, times.rest, times.cartridge)


def raw_moment(element: str, name: str | None = None) -> Field:
    """A time in the form of the elements that Canvas writes without its date helper."""
    return Field(element, name or element, times.rest, times.raw)


def day(element: str, name: str | None = None) -> Field:
    """A date."""
    return Field(element, name or element, lambda text: times.date(text.strip()), times.date)


def words(element: str, name: str | None = None) -> Field:
    """A comma list, its words without white space around them."""
    return Field(element, name or element, _list, lambda listed: ",".join(word.strip() for word in listed))


def json_value(element: str, name: str | None = None) -> Field:
    """JSON as text."""
    return Field(element, name or element, _read_json, json_text.dump)


def json_objects(element: str, name: str | None = None) -> Field:
    """A list of JSON objects as text; other JSON is no such value."""
    return Field(element, name or element, _read_objects, json_text.dump)


def json_object(element: str, name: str | None = None) -> Field:
    """A JSON object as text; other JSON is no such value."""
    return Field(element, name or element, _read_object, json_text.dump)


def append(parent: xml.Element, item: Any, fields: Iterable[Field]) -> None:
    """Append the elements of `fields` to `parent`, with the values of `item`, in the order of the table."""
    for field in fields:
        value = getattr(item, field.name)
        # False counts as no value here, so that `add_if` writes nothing.
        if field.only_true:
            value = value or None
        shown = field.default if value is None else field.write(value)
        if field.always:
            xml.add(parent, field.element, shown)
        else:
            xml.add_if(parent, field.element, shown)


def _carry_or_warn(child: xml.Element, name: str, importing: Importing, member: str) -> None:
    """Keep an element of Canvas that this place does not know; warn of one of another tool."""
    namespace = etree.QName(child.getroottree().getroot()).namespace
    if child in importing.carried:
        return
    if namespace == xml.CANVAS and importing.carried.note(child):
        importing.warn(WarningCode.CARRIED_UNKNOWN, member, f"{name} is not known here; it is kept as it is.")
    else:
        importing.warn(WarningCode.ELEMENT_UNKNOWN, member, f"{name} has no meaning here.")


def read(
    element: xml.Element, fields: Iterable[Field], importing: Importing, member: str, others: Container[str] | None = ()
) -> dict[str, Any]:
    """The values of the children of `element` by field name; an empty or absent element gives none.

    A value that cannot be read, and a child that neither the table nor `others` knows, become warnings;
    with None for `others`, some other reader looks after all other children.
    """
    by_element = {field.element: field for field in fields}
    values: dict[str, Any] = {}
    for child in element:
        name = xml.local(child)
        field = by_element.get(name)
        if field is None:
            if name and others is not None and name not in others:
                _carry_or_warn(child, f"<{name}> in <{xml.local(element)}>", importing, member)
            continue
        written = xml.inner_text(child)
        if not written.strip(_SPACE):
            continue
        value = field.read(written)
        # Canvas writes `null` for JSON settings that were never set (link_settings_json): no value, and no fault.
        if value is None and written.strip() != "null":
            importing.warn(
                WarningCode.VALUE_UNREADABLE, member, f"<{name}> does not hold such a value: {written[:100]!r}"
            )
        elif value is not None:
            values[field.name] = value
    return values
