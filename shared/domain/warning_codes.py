"""The codes of all warnings, of exports and of loads, each with what to do about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from shared.domain.error_codes import ErrorCode

LOSS = True  # something of the content is missing, or is not what it was
_STORE_AGAIN = "Upload the file to the course again, then export again."
_REPORT_IT = "Export again; if it stays, give the export's request id to the operator of this service."


class WarningCode(StrEnum):
    """What could not be kept as it was. A code is stable: callers distinguish warnings by it."""

    what_to_do: str  # a sentence for a person
    loses: bool  # whether something of the content is missing because of it

    def __new__(cls, code: str, what_to_do: str, loses: bool = False) -> Self:
        """A member is its code; the rest of its row are attributes."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.what_to_do, member.loses = what_to_do, loses
        return member

    @classmethod
    def of(cls, error: ErrorCode) -> Self:
        """The warning for an error that costs an object or a member, and not the export. Raises KeyError for others."""
        return cls[error.name]

    # Objects and members that are not in the package, or not whole.
    FILE_MISSING = "file_missing", _STORE_AGAIN, LOSS
    OBJECT_MISSING = "object_missing", _STORE_AGAIN, LOSS
    DAMAGED_FILE = "damaged_file", _STORE_AGAIN, LOSS
    FILE_UNNAMED = "file_unnamed", "Give the file a name in the course, then export again.", LOSS
    DUPLICATE_PATH = "duplicate_path", "Rename one of the two objects in the course, then export again.", LOSS
    UNSAFE_PATH = "unsafe_path", "Rename the object in the course, then export again.", LOSS
    MEMBER_REPEATED = "member_repeated", "Rename one of the two objects in the course, then export again.", LOSS
    NOT_PACKED = "not_packed", _REPORT_IT, LOSS
    DOCUMENT_NOT_WRITTEN = "document_not_written", _REPORT_IT, LOSS
    INVALID_CONTENT = "invalid_content", "Open and save the object in the course, then export again.", LOSS
    INVALID_ID = "invalid_id", "Give the object an id that is a positive whole number, then export again.", LOSS

    # Questions in a form that cannot say all of them.
    QUESTION_TYPE_UNKNOWN = (
        "question_type_unknown",
        "Check the question after the import; its type may have to be set by hand.",
        LOSS,
    )
    QUESTION_TYPE_OF_NEW_QUIZZES = (
        "question_type_of_new_quizzes",
        "Import the package into New Quizzes; classic quizzes lack this type.",
    )
    QUESTION_NOT_EXPRESSED = (
        "question_not_expressed",
        "Export for Canvas (target=canvas), or ask this question another way.",
        LOSS,
    )
    QUESTION_TYPE_CHANGED = (
        "question_type_changed",
        "Check the question after the import: it is the nearest that the format has.",
    )
    COMPARISON_NOT_EXPRESSED = (
        "comparison_not_expressed",
        "Add the texts to accept as answers of their own, then export again.",
    )
    BLANKS_ALL_TYPED = (
        "blanks_all_typed",
        "Check the question after the import; its lists of answers have to be set by hand.",
    )
    HTML_REDUCED = "html_reduced", "Look at the question after the import, or export as QTI 1.2, which keeps its HTML."
    SETTINGS_NOT_EXPRESSED = "settings_not_expressed", "Set these by hand after the import."
    FEEDBACK_NOT_SHOWN = (
        "feedback_not_shown",
        "Add the comment by hand after the import, where students should read it.",
        LOSS,
    )
    GROUP_EMPTY = "group_empty", "Export with the bank that the group draws from, or give the group questions.", LOSS
    QUIZ_EMPTY = "quiz_empty", "Add a question that the format can say, then export again.", LOSS
    GROUP_FIXED = (
        "group_fixed",
        "Make the group again after the import, or export for Canvas (target=canvas).",
        LOSS,
    )
    KIND_NOT_EXPRESSED = (
        "kind_not_expressed",
        "Export for Canvas (target=canvas) to keep them, or make them by hand after the import.",
        LOSS,
    )
    BANK_NOT_PACKED = "bank_not_packed", "Export with include_banks, or as common_cartridge, which holds banks.", LOSS
    BANK_UNKNOWN = (
        "bank_unknown",
        "Export the course that owns the bank too, and link the group to it after the import.",
    )

    # Parts of objects.
    ALIGNMENT_LEFT_OUT = "alignment_left_out", "Align the outcome by hand after the import.", LOSS
    RESTRICTION_LEFT_OUT = "restriction_left_out", "Set the restriction by hand after the import.", LOSS
    OVERRIDE_LEFT_OUT = "override_left_out", "Assign the object to its students by hand after the import.", LOSS
    PLACE_LEFT_OUT = "place_left_out", "Write the place into the text of the event, then export again.", LOSS
    NAME_NOT_WRITABLE = "name_not_writable", "Set this by hand after the import.", LOSS
    RULE_UNKNOWN = "rule_unknown", "Check the rule in the course; set it by hand after the import.", LOSS
    CHARACTER_DROPPED = (
        "character_dropped",
        "Nothing has to be done: these characters cannot be seen, and XML has no place for them.",
    )
    ATTACHMENT_MISSING = "attachment_missing", "Attach the file again in the course, or remove the attachment."

    # Links.
    LINK_TARGET_MISSING = "link_target_missing", "Mend or remove the link in the course: it leads nowhere there either."
    LINK_LEAVES_PACKAGE = (
        "link_leaves_package",
        "Select what the link leads to as well, or mend the link after the import.",
    )

    LINK_STAYS_RELATIVE = (
        "link_stays_relative",
        "Set CANVAS_URL to the site that the link leads to, then export again.",
    )

    # The package as a whole.
    KIND_UNKNOWN = "kind_unknown", "Correct this key of select: content_list names the types.", LOSS
    SELECTED_MISSING = (
        "selected_missing",
        "Take it out of select: content_list names the objects that the course has.",
        LOSS,
    )
    FOLDER_ADDS_NOTHING = "folder_adds_nothing", "Select the files of the folder, or export a zip, which holds folders."
    LARGER_THAN_PART = (
        "larger_than_part",
        "Nothing has to be done; a larger max_part_size would have kept the parts even.",
    )
    RENAMED = "renamed", "Nothing has to be done; the file is in the package under the name in the message."

    # Packages that are read: their members, their manifest.
    MEMBER_MISSING = "member_missing", "Look for the member in the tool that made the package, and load it again.", LOSS
    NATIVE_PACKAGE = (
        "native_package",
        "Export a Common Cartridge from the system that the package comes from, and load that.",
        LOSS,
    )
    MEMBER_NOT_MAPPED = (
        "member_not_mapped",
        "Look whether the member holds anything that the course needs; it has to be made by hand.",
        LOSS,
    )
    XML_UNREADABLE = (
        "xml_unreadable",
        "Make the package anew in the tool that it comes from; nothing of this member could be read.",
        LOSS,
    )
    XML_FAULTY = (
        "xml_faulty",
        "Compare what came of this member with its source: what stood behind the fault may be missing.",
        LOSS,
    )
    XML_REPAIRED = (
        "xml_repaired",
        "Nothing has to be done: only characters were faulty, and all of the member was read.",
    )
    ROOT_UNKNOWN = (
        "root_unknown",
        "Look whether the document is meant for another place; nothing of it was taken in.",
        LOSS,
    )
    ELEMENT_UNKNOWN = (
        "element_unknown",
        "Nothing has to be done unless the course needs what the element says; set that by hand then.",
    )
    CARRIED_UNKNOWN = (
        "carried_unknown",
        "Nothing has to be done: what is not known here is kept, and written again in its place.",
    )
    META_UNKNOWN = "meta_unknown", "Nothing has to be done unless the course needs what it says; set that by hand then."
    VALUE_UNREADABLE = (
        "value_unreadable",
        "Set the value by hand in the course, or mend it in the package and load that again.",
        LOSS,
    )
    IDENTIFIER_REPEATED = (
        "identifier_repeated",
        "Check what refers to this identifier: links lead to the first of the two.",
    )
    METADATA_NOT_MAPPED = "metadata_not_mapped", "Nothing has to be done; a course has no place for this."
    ORGANIZATION_IGNORED = (
        "organization_ignored",
        "Load the parts of the package one by one if the other organizations are needed.",
        LOSS,
    )
    ORGANIZATION_TOO_DEEP = "organization_too_deep", "Make the items that lie too deep by hand.", LOSS
    PARAMETERS_DROPPED = "parameters_dropped", "Add the parameters to the address of the item by hand.", LOSS
    ITEM_DANGLING = "item_dangling", "Look for what the item should show, and point it there by hand.", LOSS
    ITEM_IS_BANK = "item_is_bank", "Put a quiz that draws from the bank in the place of the item."
    ITEM_WITHOUT_CONTENT = (
        "item_without_content",
        "Look for what the item should show, and point it there by hand.",
        LOSS,
    )
    ITEM_TYPE_UNKNOWN = "item_type_unknown", "Look at the item in its module; it has to be made by hand.", LOSS
    REFERENCE_DANGLING = (
        "reference_dangling",
        "Point it at an object of the course or remove it, and load or export again.",
        LOSS,
    )
    PREREQUISITE_UNKNOWN = "prerequisite_unknown", "Set the prerequisite of the module by hand.", LOSS
    REQUIREMENT_DANGLING = "requirement_dangling", "Set the completion requirement by hand.", LOSS
    GROUPS_TOO_DEEP = "groups_too_deep", "Make the outcome groups that lie too deep by hand.", LOSS

    INSTRUCTOR_TEXT = "instructor_text", "Look at the assignment: students must not read what is for instructors."

    # Files of a package that is read.
    FILE_REPEATED = "file_repeated", "Nothing has to be done; both names lead to the same file."
    FILE_UNKNOWN = "file_unknown", "Nothing has to be done unless a file is missing; add it to the package then."
    FILE_UNLISTED = "file_unlisted", "Nothing has to be done; the file is there although the manifest does not list it."
    OLDER_THAN_EXISTING = (
        "older_than_existing",
        "Nothing has to be done unless the older state is wanted: delete the object first.",
    )
    FILE_UNREADABLE = "file_unreadable", "Take the file from its source, and upload it to the course.", LOSS
    FOLDER_REPEATED = "folder_repeated", "Nothing has to be done; the files of both folders lie in one."
    INTENDED_USE_DROPPED = "intended_use_dropped", "Put the file where it is meant to be used."
    CAPTIONS_MISSING = "captions_missing", "Upload the captions to the media file again.", LOSS

    # Pages, links and tools of a package that is read.
    HEAD_DROPPED = "head_dropped", "Put the styles that the page needs on its elements, in the course.", LOSS
    PAGE_UNREADABLE = "page_unreadable", "Copy the page by hand from the tool that made the package.", LOSS
    WEB_LINK_UNREADABLE = "web_link_unreadable", "Add the link by hand.", LOSS
    TOOL_PROFILE_UNREADABLE = "tool_profile_unreadable", "Install the tool in the course again.", LOSS
    SECRET_DROPPED = "secret_dropped", "Enter the secret of the tool in the course again: packages must not carry any."

    # A folder of JSON that is read.
    UNKNOWN_DOCUMENT = (
        "unknown_document",
        "Rename the document after a kind of content, or take it out of the folder.",
        LOSS,
    )
    JSON_UNREADABLE = "json_unreadable", "Mend the JSON of the document, and load the folder again.", LOSS
    NO_OBJECT = "no_object", "Make it a JSON object, and load the folder again.", LOSS
    ID_REPEATED = "id_repeated", "Give one of the two another id, and load the folder again.", LOSS

    # Quizzes that are read.
    QTI_MISSING = "qti_missing", "Make the package anew in the tool that it comes from, and load it again.", LOSS
    QTI_UNKNOWN = "qti_unknown", "Export the quiz as QTI 1.2, 2.1 or 3.0 from its tool, and load that.", LOSS
    QTI2_NOT_MAPPED = "qti2_not_mapped", "Export the quiz as QTI 1.2 from its tool, and load that.", LOSS
    QTI3_NOT_MAPPED = "qti3_not_mapped", "Add what the document says to the questions by hand.", LOSS
    QTI_FLAVOURS_DIFFER = "qti_flavours_differ", "Add the further questions by hand.", LOSS
    QTI_REFERENCE_NOT_MAPPED = (
        "qti_reference_not_mapped",
        "Add the question or section by hand, or load the package that holds it.",
        LOSS,
    )
    QTI_ITEM_UNREADABLE = "qti_item_unreadable", "Make the question by hand.", LOSS
    QTI_TYPE_UNKNOWN = "qti_type_unknown", "Check the question; its type may have to be set by hand."
    QTI_TYPE_OF_NEW_QUIZZES = (
        "qti_type_of_new_quizzes",
        "Use the question in New Quizzes; classic quizzes lack this type.",
    )
    QTI_ANSWER_NOT_MAPPED = "qti_answer_not_mapped", "Add the answer to the question by hand.", LOSS
    QTI_AREA_NOT_MAPPED = "qti_area_not_mapped", "Draw the area of the question by hand.", LOSS
    QTI_FEEDBACK_NOT_MAPPED = "qti_feedback_not_mapped", "Add the comment to the question by hand.", LOSS
    QTI_FORMULA_MISSING = "qti_formula_missing", "Enter the formula of the question by hand.", LOSS
    QTI_PATTERN_AS_TEXT = "qti_pattern_as_text", "Check the answers of the question: each has to be given in full."
    QTI_PICTURE_MISSING = "qti_picture_missing", "Upload the picture of the question by hand.", LOSS
    QTI_QUESTION_LOST = (
        "qti_question_lost",
        "Compare the quiz with its source, and make the questions that are missing by hand.",
        LOSS,
    )
    QTI_TEXT_LOST = "qti_text_lost", "Compare the quiz with its source, and enter the text that is missing.", LOSS
    QTI_SETTING_NOT_MAPPED = (
        "qti_setting_not_mapped",
        "Set this by hand in the quiz if the course needs it.",
    )
    QTI_CASE_IGNORED = (
        "qti_case_ignored",
        "Nothing has to be done unless an answer in other letters must count as wrong; quizzes accept either.",
    )
    QUESTION_WITHOUT_TEXT = "question_without_text", "Compare the question with its source, and enter its text.", LOSS
    QUESTION_WITHOUT_CHOICES = (
        "question_without_choices",
        "Compare the question with its source, and enter its choices.",
        LOSS,
    )
    QUESTION_WITHOUT_RIGHT_ANSWER = (
        "question_without_right_answer",
        "Nothing has to be done in a survey; anywhere else, mark the right answer of the question.",
    )
    QTI2_ADAPTIVE_NOT_MAPPED = (
        "qti2_adaptive_not_mapped",
        "Check the question; its further steps have to be made by hand.",
        LOSS,
    )
    QTI2_ANSWER_NOT_MAPPED = (
        "qti2_answer_not_mapped",
        "Check the right answers of the question, and add what is missing.",
        LOSS,
    )
    QTI2_ANSWERS_JOINED = "qti2_answers_joined", "Check the question; it may have to be split."
    QTI2_AREA_NOT_MAPPED = "qti2_area_not_mapped", "Draw the area of the question by hand.", LOSS
    QTI2_FEEDBACK_NOT_MAPPED = (
        "qti2_feedback_not_mapped",
        "Add the comment by hand where students should read it.",
        LOSS,
    )
    QTI2_ITEM_NOT_MAPPED = (
        "qti2_item_not_mapped",
        "Make the question by hand, of the nearest type that quizzes have.",
        LOSS,
    )
    QTI2_NUMBER_AS_TEXT = (
        "qti2_number_as_text",
        "Check the accepted answers of the question: each way to write the number has to be there.",
    )
    QTI2_PARTIAL_CREDIT = "qti2_partial_credit", "Check the points of the question."
    QTI2_PARTS_JOINED = "qti2_parts_joined", "Nothing has to be done unless the parts should be quizzes of their own."
    QTI2_POINTS_DIFFER = "qti2_points_differ", "Check the points of the group: all of its questions are worth the same."
    QTI2_RUBRIC_NOT_MAPPED = "qti2_rubric_not_mapped", "Add the text by hand where it is needed.", LOSS
    QTI2_RULE_NOT_MAPPED = (
        "qti2_rule_not_mapped",
        "Check the settings of the quiz; the rule has to be set by hand.",
        LOSS,
    )
    QTI2_TEMPLATE_NOT_MAPPED = "qti2_template_not_mapped", "Make the question by hand, as one with a formula.", LOSS
