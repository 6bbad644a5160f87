"""The cases about quizzes and the XML that they come in."""

from __future__ import annotations

from tests.support.exported_case import Case, Exported, blanks, keys, pairs, question_text

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


def _keys(exported: Exported) -> dict[str | None, list[str]]:
    return {item.get("title"): [value for _, value in keys(item)] for item in exported.questions}


def _samigo(exported: Exported) -> tuple[list[tuple[str | None, str]], dict[str, list[str]]]:
    true_false, typed = exported.questions
    return keys(true_false), blanks(typed)


def _blanks(exported: Exported) -> list[tuple[str, dict[str, list[str]]]]:
    return [(question_text(item), blanks(item)) for item in exported.questions]


def _pairs(exported: Exported) -> list[dict[str, str]]:
    return [pairs(item) for item in exported.questions]


def _titles(exported: Exported) -> list[str | None]:
    return [item.get("title") for item in exported.questions]


def _bank_references(exported: Exported) -> tuple[list[tuple[str | None, ...]], list[str | None], list[str | None]]:
    """The references of the quiz, whether the bank says that it is one of New Quizzes, and the tie to an assignment."""
    root = exported.documents["non_cc_assessments/gquiz.xml.qti"]
    names = ("sourcebank_ref", "item_ref", "points_possible", "entry_type")
    references = [tuple(e.get(name) for name in names) for e in root.iter("{*}bankentry_item")]
    bank = exported.documents["non_cc_assessments/gbank.xml.qti"].find("{*}objectbank")
    ties = [e.get("external_assignment_id") for e in root.iterfind("{*}assessment")]
    return references, [None if bank is None else bank.get("canvas_item_bank")], ties


def _intervals(exported: Exported) -> list[tuple[float, float]]:
    ends = ("vargt", "varlte")
    return [tuple(float(item.findtext(f".//{{*}}{end}") or "nan") for end in ends) for item in exported.questions]


def _new_settings(exported: Exported) -> list[str]:
    settings = exported.matches(r"<(?:display_items|cooling_period_seconds|nq_ip_filter)\b[^\n]*")
    return settings + exported.matches(r"external_assignment_id=[^ >]*|calculator_type=[^ >]*")


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
_ICE = ("Fill in the blanks:Ice is [FIB01_A] and fire is [FIB01_B]", {"FIB01_A": ["cold"], "FIB01_B": ["hot"]})
_REFERENCES = ([("gbank", "b2", "3.0", "Item")], ["true"], ["77"])
_SETTINGS = [
    "<display_items>false</display_items>",
    "<cooling_period_seconds>60</cooling_period_seconds>",
    '<nq_ip_filter from="1.1.1.1" to="1.1.1.9"/>',
    'external_assignment_id="77"',
    'calculator_type="x"',
]
CASES = [
    Case("01-leading-blank-line", "qti", _texts, ["<p>Q</p>"]),
    Case("03-stray-ampersand", "qti", _texts, ["AT&T", "<p>para</p>"]),
    Case("04-samigo-line-breaks", "qti", _samigo, ([("TF02", "A")], {"FIB00": ["white"], "FIB01": ["black"]})),
    Case("06-fib-text-inside-render-fib", "qti", _blanks, [_ICE]),
    Case("08-response-grp-matching", "qti", _pairs, [{"one": "uno", "two": "due"}]),
    Case("15-new-quizzes-bank-entries", CARTRIDGE, _bank_references, _REFERENCES),
    Case("26-zero-with-precision", "qti", _intervals, [(-0.05, 0.05), (-0.05, 0.05)]),
    Case("63-settings-of-new-quizzes", CARTRIDGE, _new_settings, _SETTINGS),
    Case("28-lost-question-not-told", "qti", _titles, ["Q1", "Q2", "Q3"]),
    Case("28-lost-question-not-told", "qti", lambda exported: exported.load_codes, ["xml_faulty"], name="warning"),
    Case("64-qti-under-another-type", "qti", _titles, ["Question"] * 3),
    Case("40-numeric-margins", "qti", _numbers, _RANGES),
    Case("41-html-lookalike-answers", "qti", _plain_answers, (15, [("text/plain", "<br />"), ("text/plain", "<pre>")])),
    Case("42-banks-of-one-title", CARTRIDGE, _banks_drawn_from, _TWO_BANKS),
    Case("47-xml-encodings-and-doctype", "qti", _texts, ["“quotes” – é €"]),
    Case("53-formula-questions", "qti", _formula_parts, _FORMULAS),
]
