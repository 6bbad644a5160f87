"""A course in which everything is there twice, so that a selection can leave the other one out."""

from __future__ import annotations

from typing import Any

PAGES = [
    {
        "id": 1,
        "title": "Linked",
        "url": "linked",
        "body": '<a href="/courses/9/files/1/download">one</a>',
        "published": True,
    },
    {"id": 2, "title": "Other", "url": "other", "body": "<p>No.</p>", "published": True},
]
OUTCOME = {"id": 1, "title": "Reads tides", "ratings": [{"description": "Yes", "points": 1}], "points_possible": 1}
CRITERION = {"id": "c1", "description": "Reads", "points": 1, "learning_outcome_id": 1}


def small_course(shift: int = 0) -> dict[str, Any]:
    """Its kinds of content as documents of a folder; every id moved by `shift`."""
    pages = [{**page, "id": page["id"] + shift} for page in PAGES]
    pages[0]["body"] = f'<a href="/courses/9/files/{1 + shift}/download">one</a>'
    files = [
        {"id": 1 + shift, "display_name": "one.txt", "folder_id": 1 + shift},
        {"id": 2 + shift, "display_name": "two.txt", "folder_id": 1 + shift},
    ]
    return {
        "pages": pages,
        "folders": [{"id": 1 + shift, "name": "course files", "full_name": "course files"}],
        "files": files,
        "modules": [
            {"id": 1 + shift, "name": "First", "position": 1},
            {"id": 2 + shift, "name": "Second", "position": 2},
        ],
        "module_items": [
            {
                "id": 1 + shift,
                "module_id": 1 + shift,
                "type": "Page",
                "page_url": "linked",
                "title": "Linked",
                "position": 1,
            },
            {
                "id": 2 + shift,
                "module_id": 2 + shift,
                "type": "Page",
                "page_url": "other",
                "title": "Other",
                "position": 1,
            },
        ],
        "quizzes": [{"id": 1 + shift, "title": "Chosen"}, {"id": 2 + shift, "title": "Left"}],
        "announcements": [
            {"id": 1 + shift, "title": "Heard", "message": "<p>Yes</p>", "is_announcement": True},
            {"id": 2 + shift, "title": "Unheard", "message": "<p>No</p>", "is_announcement": True},
        ],
        "discussion_topics": [
            {"id": 3 + shift, "title": "Plain", "message": "<p>Talk</p>"},
            {"id": 4 + shift, "title": "Graded", "message": "<p>Talk well</p>", "assignment_id": 1 + shift},
        ],
        "assignment_groups": [{"id": 1 + shift, "name": "Work", "position": 1}],
        "assignments": [
            {
                "id": 1 + shift,
                "name": "Graded",
                "assignment_group_id": 1 + shift,
                "submission_types": ["discussion_topic"],
                "points_possible": 1,
                "rubric_settings": {"id": 1 + shift},
            }
        ],
        "rubrics": [
            {
                "id": 1 + shift,
                "title": "How it is read",
                "points_possible": 1,
                "data": [{**CRITERION, "learning_outcome_id": 1 + shift}],
            }
        ],
        "learning_outcomes": [{**OUTCOME, "id": 1 + shift}],
    }
