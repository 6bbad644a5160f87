"""What the readers of messages share: the places of objects, and the list of those that are refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.contracts.content_commands import RefusedObject

OBJECTS_PATH = "data.objects"  # where the objects of a message are
UNSTORABLE = "It has a NUL character or half of a surrogate pair."
_NO_OBJECT = "It is not a JSON object."


@dataclass(slots=True)
class MessageReader:
    """Reads the objects of one message. What is wrong is in `refused`."""

    refused: list[RefusedObject] = field(default_factory=list, kw_only=True)

    def refuse(self, path: str, message: str, object_id: object = None) -> None:
        """Note an object that is not taken, by its id if that is a number."""
        number = object_id if type(object_id) is int else None
        self.refused.append(RefusedObject(path=path, message=message, id=number))

    def placed(self, objects: Sequence[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each object with its path; other values are refused."""
        for number, data in enumerate(objects):
            place = f"{OBJECTS_PATH}[{number}]"
            if isinstance(data, dict):
                yield place, data
            else:
                self.refuse(place, _NO_OBJECT)
