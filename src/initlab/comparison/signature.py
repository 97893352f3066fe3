"""The declared settings -> what stands of them in the source, for editors and type checkers.

``python -m initlab.comparison.signature`` says whether it is up to date; with ``--write`` it
writes the signature, the arguments of the docstring and the mapping of ``compare``, and the names
of tables that the help lists. A test compares them too.
"""

from __future__ import annotations

import os
import re
import sys
import textwrap
from pathlib import Path

from initlab.comparison.recipes import ARRAYS, RECIPES
from initlab.datasets.image_study import IMAGE_STUDIES
from initlab.engines.torch.task import NAMED
from initlab.networks.dense import LOSSES, NONLINEARITIES
from initlab.networks.metrics import METRICS
from initlab.settings import keyword_arguments
from initlab.settings.setting import PLANE

PACKAGE = Path(__file__).parents[1]
NAMES = PACKAGE / "settings" / "names.py"
COMPARE = PACKAGE / "comparison" / "compare.py"
PLACES = {  # of compare.py: what stands before and after it
    "signature": ("def compare(\n", ") -> Comparison:\n"),
    "docstring": ("    Args:\n", "\n    Returns:\n"),
    "mapping": ("    given: dict[str, Any] = {\n", "    }  # fmt: skip\n"),
}
WIDTH = 100


def sources() -> dict[Path, str]:
    """Return the text that each generated file should have.

    Example:
        >>> all(path.read_text(encoding="utf-8") == text for path, text in sources().items())
        True
    """
    parts = {"signature": _signature(), "docstring": _docstring(), "mapping": _mapping()}
    text = COMPARE.read_text(encoding="utf-8")
    for name, (before, after) in PLACES.items():
        start = text.index(before) + len(before)
        text = text[:start] + parts[name] + text[text.index(after, start) :]
    return {NAMES: _names(NAMES.read_text(encoding="utf-8")), COMPARE: text}


def _signature() -> str:
    lines = [f"    {row.name}: {row.annotation} = {row.left_out},\n" for row in keyword_arguments()]
    return "".join([lines[0], "    *,\n", *lines[1:]])


def _docstring() -> str:
    return "".join(
        _wrapped(f"{row.name}: {_lower(row.python_help)}") for row in keyword_arguments()
    )


def _wrapped(text: str) -> str:
    kept = re.sub("``.*?``", lambda found: found[0].replace(" ", "\0"), text)
    lines = textwrap.wrap(
        kept, WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 12,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return "\n".join(lines).replace("\0", " ") + "\n"


def _lower(text: str) -> str:
    """Begin with a small letter, but for a name such as PyTorch."""
    first = text.split()[0]
    return text[0].lower() + text[1:] if first[1:].islower() or len(first) == 1 else text


def _mapping() -> str:
    return _filled([f'"{row.name}": {row.name},' for row in keyword_arguments()], indent=8)


def _names(text: str) -> str:
    tables = {
        "NONLINEARITIES": NONLINEARITIES,
        "LOSSES": NAMED,
        "DENSE_LOSSES": LOSSES,
        "METRICS": METRICS,
        "STUDIES": [name for name in RECIPES if name != ARRAYS.name],
        "PLANE": [one.name for one in RECIPES.values() if one.kind == PLANE],
        "IMAGES": IMAGE_STUDIES,
    }
    head = text[: text.index("\n\n", text.index('"""\n')) + 2]
    for name, table in tables.items():
        head += f"{name} = (\n" + _filled([f'"{one}",' for one in table], indent=4)
        head += ")  # fmt: skip\n"
    return head


def _filled(words: list[str], indent: int) -> str:
    kept = " ".join(word.replace(" ", "\0") for word in words)
    lines = textwrap.wrap(kept, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return textwrap.indent("\n".join(lines).replace("\0", " "), " " * indent) + "\n"


def main() -> None:
    """Compare the files with the declaration, or write them."""
    write = sys.argv[1:] == ["--write"]
    for path, text in sources().items():
        if path.read_text(encoding="utf-8") == text:
            continue
        if not write:
            sys.exit(f"{path} is not what the declared settings say; run with --write.")
        path.write_text(text, encoding="utf-8")
        print(f"Written: {path}", flush=True)
        if path == NAMES:  # what else is written has them in it
            os.execv(
                sys.executable, [sys.executable, "-m", "initlab.comparison.signature", "--write"]
            )


if __name__ == "__main__":
    main()
