"""The cases about quizzes and the XML that they come in."""

from __future__ import annotations

from tests.support.exported_case import Case, Exported, question_text

CARTRIDGE = "common_cartridge"


def _numbers(exported: Exported) -> dict[str | None, list[str]]:
    """By question, the exact answer and the ends of its range."""
    tags = ("varequal", "vargte", "vargt", "varlte")
    return {
        item.get("title"): [e.text or "" for tag in tags for e in item.iter(f"{{*}}{tag}")]
        for item in exported.questions
        if item.get("title") in ("Q2", "Q3", "Q4", "Q6")
    }


def _plain_answers(exported: Exported) -> tuple[int, list[tuple[str | None, str]]]:
    answers = exported.questions[0].iterfind(".//{*}response_label/{*}material/{*}mattext")
    return len(exported.questions), [(a.get("texttype"), a.text or "") for a in answers][:2]


def _banks_drawn_from(exported: Exported) -> tuple[int, list[str], list[str]]:
    drawn = exported.texts(".//{*}selection/{*}sourcebank_ref")
    return len(set(drawn)), drawn[-2:], exported.matches("<(?:access_code|ip_filter)>[^<]+")


def _formula_parts(exported: Exported) -> list[str]:
    return exported.matches("<(?:formula|answer_tolerance)>[^<]*")


def _texts(exported: Exported) -> list[str]:
    return [question_text(item) for item in exported.questions]


_RANGES = {
    "Q2": ["2.0009", "2.0008", "2.001"],
    "Q3": ["0.0042", "0.004195", "0.004205"],
    "Q4": ["99000000.0", "98500000.0", "99500000.0"],
    "Q6": ["3e-07", "3e-07", "3e-07"],
}
_TWO_BANKS = (4, ["77", "88"], ["<access_code> pass word ", "<ip_filter>192.168.1.1,10.0.0.0/8"])
_FORMULAS = [
    "<answer_tolerance>0.01",
    "<formula>z = 2*x",
    "<formula>5 + z*y_1",
    "<answer_tolerance>5%",
    "<formula>a",
    "<formula>a^2",
    '<formula>if(a&lt;2, 1, "x") &amp; 3 &gt; 2',
]
CASES = [
    Case("40-numeric-margins", "qti", _numbers, _RANGES),
    Case("41-html-lookalike-answers", "qti", _plain_answers, (15, [("text/plain", "<br />"), ("text/plain", "<pre>")])),
    Case("42-banks-of-one-title", CARTRIDGE, _banks_drawn_from, _TWO_BANKS),
    Case("47-xml-encodings-and-doctype", "qti", _texts, ["“quotes” – é €"]),
    Case("53-formula-questions", "qti", _formula_parts, _FORMULAS),
]
