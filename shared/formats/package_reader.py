"""A package as a safe set of members: refused before anything is written when it breaks a limit or a rule."""

from __future__ import annotations
