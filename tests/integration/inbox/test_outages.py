"""An outage of the database or the broker delays commands: none is lost, none is a dead letter, none is done twice."""

from __future__ import annotations
