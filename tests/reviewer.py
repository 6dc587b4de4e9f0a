"""The kind reviewer: finds the files of the house and says what to do about them."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
SOURCE = HOUSE / "src" / "yaosu"
# made by tools or by runs, not by hands
MADE = {
    ".git", ".venv", ".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache",
    ".ruff_cache", "__pycache__", "build", "dist", "out", "site",
}  # fmt: skip


def files(root: Path, *endings: str) -> Iterator[Path]:
    """Every file below root that hands made and whose name ends so, in a fixed order."""
    for path in sorted(root.rglob("*")):
        by_hand = MADE.isdisjoint(path.relative_to(root).parts)
        if by_hand and path.name.endswith(endings) and path.is_file():
            yield path


def tree_of(path: Path) -> ast.Module:
    """The file as Python reads it."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def near(path: Path, root: Path) -> str:
    """The path as a reader of the repository would name it."""
    return path.relative_to(root).as_posix()


def assert_no_remarks(remarks: Iterable[str]) -> None:
    """Fail with all remarks at once, one a line: a reviewer reads the whole change."""
    found = list(remarks)
    assert not found, "\n\n" + "\n".join(f"- {remark}" for remark in found) + "\n"
