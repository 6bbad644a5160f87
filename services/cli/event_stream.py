"""Reading server-sent events (HTML Living Standard, 9.2.6): bytes in, whole events out."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """One dispatched event. `last_id` is what to send as Last-Event-ID after it."""

    name: str
    data: str
    last_id: str


@dataclass(slots=True)
class EventStream:
    """Takes a stream in pieces cut anywhere. `last_id` and `retry_ms` are what the server has told last."""

    last_id: str = ""
    retry_ms: int | None = None
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )
    _rest: str = ""  # an unfinished line
    _began: bool = False
    _name: str = ""
    _data: list[str] = field(default_factory=list)
    _id: str | None = None

    def restart(self) -> None:
        """Begin a new connection: what an old one left unfinished is dropped, its last id and pause stay."""
        self._decoder.reset()
        self._rest, self._began, self._name, self._data, self._id = "", False, "", [], None

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Give the events that these bytes complete. An event cut off by the end of the stream is never given."""
        text = self._rest + self._decoder.decode(chunk)
        if not self._began and text:
            self._began, text = True, text.removeprefix("\ufeff")
        held = "\r" if text.endswith("\r") else ""  # its "\n" may come with the next piece
        *lines, self._rest = text.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._rest += held
        for line in lines:
            event = self._take(line)
            if event is not None:
                yield event

    def _take(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")  # a comment has the empty name
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry_ms = int(value)
        return None

    def _dispatch(self) -> Event | None:
        """An empty line: the id counts from here on, and there is an event if there was data."""
        self.last_id = self.last_id if self._id is None else self._id
        data, name = self._data, self._name or "message"
        self._data, self._name = [], ""
        return Event(name, "\n".join(data), self.last_id) if data else None
