"""Teacher's code -> the student's: no solutions, no hidden tests; blanked as nbgrader does."""

from __future__ import annotations

BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")  # nbgrader's own


def without_solution(code: str) -> str:
    """Return code in which each solution is replaced by a line that raises."""
    return _replaced(code, BEGIN_SOLUTION, END_SOLUTION, STUB)


def without_hidden_tests(code: str) -> str:
    """Return code without the tests that only a teacher has."""
    return _replaced(code, BEGIN_HIDDEN, END_HIDDEN, ())


def _replaced(code: str, begin: str, end: str, stub: tuple[str, ...]) -> str:
    kept: list[str] = []
    inside = False
    for line in code.split("\n"):
        if line.strip() == begin:
            inside = True
            indent = line[: len(line) - len(line.lstrip())]
            kept += [indent + words for words in stub]
        elif line.strip() == end:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)
