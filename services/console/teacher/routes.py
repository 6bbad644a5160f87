"""All routes of the pages of people who want exports."""

from __future__ import annotations

from aiohttp import web

from services.console.teacher import actions, course_page, export_page, inside, new_export, pass_on


def add_to(app: web.Application) -> None:
    """Add the routes; the fixed names before those that take any value."""
    pass_on.set_up(app)
    for part in (new_export, actions, inside, export_page, course_page):
        part.add_to(app)
