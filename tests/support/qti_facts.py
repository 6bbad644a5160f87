"""What the items of a package say, as zipfile and lxml see them: type, answers, weights and feedback of each question.

Written from QTI 1.2 and from what Canvas writes, and sharing no code with our readers: what a load is judged against.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree, html

_LENIENT = etree.XMLParser(recover=True, resolve_entities=False)
_NUMBERS = ("varequal", "vargte", "vargt", "varlte", "varlt")
Answers = dict[str, str]  # what is known of each answer, by what it goes by


@dataclass(frozen=True)
class ItemFacts:
    """One question. Texts are what a student sees, without markup."""

    question_type: str
    title: str
    text: str
    points: float | None
    answers: Answers = field(default_factory=dict)
    weights: Answers = field(default_factory=dict)  # answers that earn something, and how the format says so
    feedback: Answers = field(default_factory=dict)

    @property
    def key(self) -> str:
        """All of it as one text, to be counted."""
        parts = (self.question_type, self.title, self.text, self.points)
        return repr((*parts, sorted(self.answers.items()), sorted(self.weights.items()), sorted(self.feedback.items())))


@dataclass(frozen=True)
class PackageFacts:
    """The questions of quizzes and those of banks."""

    quizzes: list[ItemFacts]
    banks: list[ItemFacts]

    @staticmethod
    def types(items: list[ItemFacts]) -> Counter[str]:
        return Counter(item.question_type for item in items)


def seen(markup: str | None) -> str:
    """The text of HTML, in single spaces."""
    if not markup or not markup.strip():
        return ""
    return " ".join(html.fragment_fromstring(markup, create_parent="div").text_content().split())


def read_package(path: Path) -> PackageFacts:
    """The items of the whole flavour of every quiz, and of every bank."""
    found = PackageFacts([], [])
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.endswith((".xml.qti", ".xml")) or "assessment_qti" in name or name.endswith("meta.xml"):
                continue
            root = etree.fromstring(archive.read(name), _LENIENT)
            if root is None or etree.QName(root).localname != "questestinterop":
                continue
            kept = found.banks if root.find("{*}objectbank") is not None else found.quizzes
            kept += [item_facts(item) for item in root.iterfind(".//{*}item")]
    return found


def item_facts(item: etree._Element) -> ItemFacts:
    """What one item says."""
    fields = {
        f.findtext("{*}fieldlabel"): f.findtext("{*}fieldentry") or "" for f in item.iterfind(".//{*}qtimetadatafield")
    }
    kind = fields.get("question_type", "")
    points = fields.get("points_possible")
    answers, weights = _READERS.get(kind, _nothing)(item)
    return ItemFacts(
        kind,
        item.get("title", ""),
        _said(item.find("{*}presentation")),
        None if points is None else float(points),
        answers,
        weights,
        {block.get("ident", ""): _said(block) for block in item.iterfind("{*}itemfeedback")},
    )


def _said(parent: etree._Element | None) -> str:
    """The first material below an element, or inside of its flow_mat."""
    text = None if parent is None else parent.find("{*}material/{*}mattext")
    if text is None and parent is not None:
        text = parent.find("{*}flow_mat/{*}material/{*}mattext")
    if text is None:
        return ""
    return seen(text.text) if text.get("texttype") == "text/html" else " ".join((text.text or "").split())


def _scoring(item: etree._Element) -> Iterator[etree._Element]:
    """The conditions that set a score above zero."""
    for condition in item.iterfind("{*}resprocessing/{*}respcondition"):
        scores = [float(setvar.text or 0) for setvar in condition.iterfind("{*}setvar")]
        if any(score > 0 for score in scores):
            yield condition


def _equals(condition: etree._Element) -> list[tuple[str, str]]:
    """(response, value) of the comparisons that no `<not>` is around."""
    return [
        (equal.get("respident", ""), equal.text or "")
        for equal in condition.iterfind(".//{*}varequal")
        if not any(etree.QName(around).localname == "not" for around in equal.iterancestors())
    ]


def _choices(item: etree._Element) -> tuple[Answers, Answers]:
    labels = item.iterfind(".//{*}response_lid//{*}response_label")
    answers = {label.get("ident", ""): _said(label) for label in labels}
    right = {value for condition in _scoring(item) for _, value in _equals(condition)}
    return answers, {ident: "100" if ident in right else "0" for ident in answers}


def _texts(item: etree._Element) -> tuple[Answers, Answers]:
    texts = {value: value for condition in _scoring(item) for _, value in _equals(condition)}
    return texts, dict.fromkeys(texts, "100")


def _blanks(item: etree._Element) -> tuple[Answers, Answers]:
    """Answers go by their blank and their ident. Canvas names the first right answer of a blank alone."""
    answers = {}
    for response in item.iterfind(".//{*}response_lid"):
        for label in response.iterfind(".//{*}response_label"):
            answers[f"{response.get('ident')}/{label.get('ident')}"] = _said(label)
    right = {f"{response}/{value}" for condition in _scoring(item) for response, value in _equals(condition)}
    return answers, dict.fromkeys(right, "100")


def _pairs(item: etree._Element) -> tuple[Answers, Answers]:
    """Left sides by their response, right sides by their ident; the weight of a left side is what it is matched with."""
    answers = {}
    for response in item.iterfind(".//{*}response_lid"):
        answers[response.get("ident", "")] = _said(response)
        for label in response.iterfind(".//{*}response_label"):
            answers[f"match {label.get('ident')}"] = _said(label)
    return answers, dict(pair for condition in _scoring(item) for pair in _equals(condition))


def _numbers(item: etree._Element) -> tuple[Answers, Answers]:
    """Each answer by its place: the numbers that a response is compared with, in the order of the format's words."""
    answers = {}
    for place, condition in enumerate(_scoring(item)):
        found = {etree.QName(element).localname: element.text or "0" for element in condition.iter(*_tags())}
        answers[str(place)] = str([(name, round(float(found[name]), 9)) for name in _NUMBERS if name in found])
    return answers, dict.fromkeys(answers, "100")


def _tags() -> list[str]:
    return [f"{{*}}{name}" for name in _NUMBERS]


def _formula(item: etree._Element) -> tuple[Answers, Answers]:
    found = item.find("{*}itemproc_extension/{*}calculated")
    if found is None:
        return {}, {}
    answers = {f"formula {n}": step.text or "" for n, step in enumerate(found.iterfind("{*}formulas/{*}formula"))}
    answers["tolerance"] = found.findtext("{*}answer_tolerance") or ""
    for variable in found.iterfind("{*}vars/{*}var"):
        bounds = [float(variable.findtext(f"{{*}}{name}") or 0) for name in ("min", "max")]
        answers[f"variable {variable.get('name')}"] = f"{bounds} {variable.get('scale')}"
    worked = {}
    for one in found.iterfind("{*}var_sets/{*}var_set"):
        given = [f"{var.get('name')}={float(var.text or 0)}" for var in one.iterfind("{*}var")]
        worked[one.get("ident", "")] = f"{given} {float(one.findtext('{*}answer') or 0)}"
    return answers, worked


def _nothing(_item: etree._Element) -> tuple[Answers, Answers]:
    return {}, {}


_READERS = {
    "multiple_choice_question": _choices,
    "true_false_question": _choices,
    "multiple_answers_question": _choices,
    "short_answer_question": _texts,
    "fill_in_multiple_blanks_question": _blanks,
    "multiple_dropdowns_question": _blanks,
    "matching_question": _pairs,
    "numerical_question": _numbers,
    "calculated_question": _formula,
}
