"""A parser of server-sent events: bytes in, complete events out. Source: HTML Living Standard, 9.2.6."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """One dispatched event. `last_id` is the Last-Event-ID of a connection that continues after it."""

    name: str
    data: str
    last_id: str


@dataclass(slots=True)
class EventStream:
    """Parses a stream that arrives in arbitrary pieces. `last_id` and `retry_ms` are the latest from the server."""

    last_id: str = ""
    retry_ms: int | None = None
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )
    _rest: str = ""  # an unfinished line
    _bom_checked: bool = False
    _name: str = ""
    _data: list[str] = field(default_factory=list)
    _id: str | None = None

    def restart(self) -> None:
        """Prepare for a new connection: an unfinished event of the old one is dropped; last id and retry time stay."""
        self._decoder.reset()
        self._rest, self._bom_checked, self._name, self._data, self._id = "", False, "", [], None

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that these bytes complete. An event that the end of the stream cuts off is dropped."""
        text = self._rest + self._decoder.decode(chunk)
        if not self._bom_checked and text:
            self._bom_checked, text = True, text.removeprefix("\ufeff")
        # A "\r" at the end waits: its "\n" may come with the next piece.
        carry = "\r" if text.endswith("\r") else ""
        *lines, self._rest = text.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._rest += carry
        for line in lines:
            event = self._take(line)
            if event is not None:
                yield event

    def _take(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")  # a comment has the empty name
        self._set_field(name, value.removeprefix(" "))
        return None

    def _set_field(self, name: str, value: str) -> None:
        match name:
            case "data":
                self._data.append(value)
            case "event":
                self._name = value
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdigit():
                self.retry_ms = int(value)

    def _dispatch(self) -> Event | None:
        """Handle the empty line that ends an event: the id takes effect, and there is an event if there was data."""
        self.last_id = self.last_id if self._id is None else self._id
        data, name = self._data, self._name or "message"
        self._data, self._name = [], ""
        return Event(name, "\n".join(data), self.last_id) if data else None
