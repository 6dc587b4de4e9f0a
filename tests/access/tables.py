"""Small tables of access for tests."""

from typing import Any

from yaosu.access.tables import Grade, LearningTable, RecognitionRow, RecognitionTable, Scale
from yaosu.rules.pack import Text

HEAD: dict[str, Any] = {
    "version": "1",
    "text": Text(en="a table"),
    "authority": "an office",
    "legal_basis": "a law",
}


def recognition(*rows: RecognitionRow, **changes: Any) -> RecognitionTable:
    fields = {**HEAD, "id": "list", "appeal": "appeal", "rows": rows, **changes}
    return RecognitionTable(**fields)


def row(kind: str, level: int, gives: str, gives_level: int, **more: Any) -> RecognitionRow:
    return RecognitionRow(kind=kind, level=level, gives=gives, gives_level=gives_level, **more)


def learning(*conversions: Any, awards: Any, **changes: Any) -> LearningTable:
    fields = {**HEAD, "id": "bank", "conversions": conversions, "awards": awards, **changes}
    return LearningTable(**fields)


def scale(*grades: Grade, **changes: Any) -> Scale:
    fields = {**HEAD, "id": "steps", "kind": "skill_grade", "currency": "CNY", **changes}
    return Scale(grades=grades, **fields)


def grade(number: int, **more: Any) -> Grade:
    fields: dict[str, Any] = {"pay_min": 100 * number, **more}
    return Grade(grade=number, name=f"g{number}", text=Text(en="a grade"), **fields)
