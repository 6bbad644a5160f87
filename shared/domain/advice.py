"""What to do about each warning of a report, and whether something of the content is missing because of it."""

from __future__ import annotations

from typing import NamedTuple


class Advice(NamedTuple):
    """What a person can do. `loses` says that the package lacks something that the course has."""

    what_to_do: str
    loses: bool = False


_STORE_AGAIN = "Upload the file to the course again, then export again."
_REPORT_IT = "Export again; if it stays, give the export's request id to whoever runs this service."
_UNKNOWN = Advice("Look at what is named here in the course, and export again once it is mended.", loses=True)

# By the code of a warning. A code that is not here is treated as a loss.
ADVICE = {
    "file_missing": Advice(_STORE_AGAIN, loses=True),
    "object_missing": Advice(_STORE_AGAIN, loses=True),
    "damaged_file": Advice(_STORE_AGAIN, loses=True),
    "file_unnamed": Advice("Give the file a name in the course, then export again.", loses=True),
    "duplicate_path": Advice("Rename one of the two objects in the course, then export again.", loses=True),
    "unsafe_path": Advice("Rename the object in the course, then export again.", loses=True),
    "member_repeated": Advice("Rename one of the two objects in the course, then export again.", loses=True),
    "not_packed": Advice(_REPORT_IT, loses=True),
    "document_not_written": Advice(_REPORT_IT, loses=True),
    "invalid_content": Advice("Open and save the object in the course, then export again.", loses=True),
    "invalid_id": Advice("Give the object an id that is a positive whole number, then export again.", loses=True),
    "question_type_unknown": Advice("Check the question after the import; its type may have to be set by hand.", True),
    "question_type_of_new_quizzes": Advice("Import the package into New Quizzes; classic quizzes lack this type."),
    "question_not_expressed": Advice(
        "Export for Canvas (target=canvas), or ask this question another way.", loses=True
    ),
    "question_type_changed": Advice("Check the question after the import: it is the nearest that the format has."),
    "comparison_not_expressed": Advice("Add the texts to accept as answers of their own, then export again."),
    "blanks_all_typed": Advice("Check the question after the import; its lists of answers have to be set by hand."),
    "html_reduced": Advice("Look at the question after the import, or export as QTI 1.2, which keeps its HTML."),
    "settings_not_expressed": Advice("Set these by hand after the import."),
    "feedback_not_shown": Advice(
        "Add the comment by hand after the import, where students should read it.", loses=True
    ),
    "group_empty": Advice("Export with the bank that the group draws from, or give the group questions.", loses=True),
    "quiz_empty": Advice("Add a question that the format can say, then export again.", loses=True),
    "bank_not_packed": Advice("Export with include_banks, or as common_cartridge, which holds banks.", loses=True),
    "bank_unknown": Advice("Export the course that owns the bank too, and link the group to it after the import."),
    "alignment_left_out": Advice("Align the outcome by hand after the import.", loses=True),
    "restriction_left_out": Advice("Set the restriction by hand after the import.", loses=True),
    "override_left_out": Advice("Assign the object to its students by hand after the import.", loses=True),
    "name_not_writable": Advice("Set this by hand after the import.", loses=True),
    "rule_unknown": Advice("Check the rule in the course; set it by hand after the import.", loses=True),
    "character_dropped": Advice(
        "Nothing has to be done: these characters cannot be seen, and XML has no place for them."
    ),
    "attachment_missing": Advice("Attach the file again in the course, or remove the attachment."),
    "link_target_missing": Advice("Mend or remove the link in the course: it leads nowhere there either."),
    "link_leaves_package": Advice("Select what the link leads to as well, or mend the link after the import."),
    "folder_adds_nothing": Advice("Select the files of the folder, or export a zip, which holds folders."),
    "larger_than_part": Advice("Nothing has to be done; a larger max_part_size would have kept the parts even."),
    "renamed": Advice("Nothing has to be done; the file is in the package under the name that is told."),
}


def advice(code: str) -> Advice:
    """The advice on a code; that of a loss for a code without one of its own."""
    return ADVICE.get(code, _UNKNOWN)
