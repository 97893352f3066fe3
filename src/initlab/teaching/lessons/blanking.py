"""Teacher's code -> the student's, without solutions; blanked as nbgrader does."""

from __future__ import annotations

BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")  # nbgrader's own


def without_solution(code: str) -> str:
    """Return code in which each solution is replaced by a line that raises."""
    kept: list[str] = []
    inside = False
    for line in code.split("\n"):
        if line.strip() == BEGIN_SOLUTION:
            inside = True
            indent = line[: len(line) - len(line.lstrip())]
            kept += [indent + words for words in STUB]
        elif line.strip() == END_SOLUTION:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)
