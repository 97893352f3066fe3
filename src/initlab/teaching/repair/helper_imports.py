"""One line that imports a helper file or a package that is not here -> what takes its place."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path

from initlab.teaching.repair.spans import both, swap

DROPPED_IN = ("init_utils", "public_tests", "test_utils", "helpers")
NEEDED_BY_HELPERS = ("h5py", "tensorflow")
OTHER_HELPERS = (
    r"reg_utils\w*|gc_utils\w*|testCases?\w*|planar_utils\w*|opt_utils\w*|dnn_utils\w*"
    r"|dnn_app_utils\w*|lr_utils\w*|tf_utils\w*"
)  # files of the same courses' other notebooks
SHARED = ("sigmoid", "relu", "plot_decision_boundary", "predict_dec", "predict",
          "forward_propagation", "backward_propagation", "update_parameters")  # fmt: skip
OTHER_HELPER = re.compile(rf"(?:{OTHER_HELPERS})$")
PLAIN = re.compile(r"import[ \t]+([\w.]+)(?:[ \t]+as[ \t]+(\w+))?[ \t]*(?:#.*)?$")
TAKEN = re.compile(r"from[ \t]+([\w.]+)[ \t]+import[ \t]+(\*|[\w \t,]+?)[ \t]*(?:#.*)?$")
TEST_CASE = r"\w*_test_case\w*"
HELPERS_OWN = re.compile(r"\b(?:compare_init_weights|hist_dist|_get_loss_acc)\b")


# imports of a drop-in from a folder: the drop-ins lie beside the notebook
without_folder = swap(
    r"^[ \t]*(?P<old>from[ \t]+[\w.]+[ \t]+import[ \t]+(?P<whole>init_utils|public_tests)"
    r"(?=[ \t]*(?:$|\#|as\b))"
    r"|from[ \t]+(?:[\w.]+\.|\.)(?P<part>init_utils|public_tests|test_utils)[ \t]+import\b"
    r"|import[ \t]+[\w.]+\.(?P<named>init_utils|public_tests)[ \t]+as\b)",
    lambda found: (
        f"import {found['whole']}" if found["whole"]
        else f"from {found['part']} import" if found["part"] else f"import {found['named']} as"
    ),
)  # fmt: skip
# imports of ``helper``, an older name of the file ``helpers``
as_helpers = both(
    swap(r"^[ \t]*(?P<old>import[ \t]+helper)(?=[ \t]*$)", "import helpers as helper"),
    swap(r"^[ \t]*(?P<old>import[ \t]+helper)(?=[ \t]*as\b)", "import helpers"),
    swap(r"^[ \t]*(?P<old>from[ \t]+helper)(?=[ \t])", "from helpers"),
)


def means_our_helpers(code: str) -> bool:
    """Whether a notebook calls what ``helpers`` has, and not in TensorFlow."""
    return HELPERS_OWN.search(code) is not None and re.search(r"\btensorflow\b", code) is None


def replaced_line(line: str, folder: Path, uses: Callable[[str], bool]) -> tuple[str, str] | None:
    """Return the line as it should be and why, or None where it stays.

    Args:
        line: that imports something.
        folder: where the notebook lies.
        uses: whether code outside of imports has a name.
    """
    code = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    aside = indent + ("pass  # " if indent else "# ") + code
    if found := PLAIN.match(code):
        module, name = found[1], found[2] or found[1].split(".")[0]
        if _is_candidate(module, folder) and not uses(name):
            return aside, f"{_whose(module)}; no cell uses it."
    elif found := TAKEN.match(code):
        module = found[1]
        if not _is_candidate(module, folder):
            return None
        if found[2] == "*":
            unused = module.startswith("testCase") and not uses(TEST_CASE)
            return (aside, f"{_whose(module)}; no cell uses its cases.") if unused else None
        names = [part.split() for part in found[2].split(",") if part.strip()]
        used = [part for part in names if uses(part[-1])]
        if not used:
            return aside, f"{_whose(module)}; no cell uses what it brings."
        if OTHER_HELPER.match(module) and all(part[0] in SHARED for part in used):
            taken = ", ".join(" ".join(part) for part in used)
            why = f"{_whose(module)}; init_utils has these too."
            return f"{indent}from init_utils import {taken}", why
    return None


def is_missing(module: str, folder: Path) -> bool:
    """Whether a module is neither installed, nor a drop-in, nor a file beside the notebook."""
    top = module.split(".")[0]
    if not top or top in sys.stdlib_module_names or top in DROPPED_IN:
        return False
    if (folder / f"{top}.py").exists() or (folder / top).is_dir():
        return False
    try:
        return importlib.util.find_spec(top) is None
    except (ImportError, ValueError):
        return True


def _is_candidate(module: str, folder: Path) -> bool:
    if module in NEEDED_BY_HELPERS:
        return True
    if OTHER_HELPER.match(module):
        return not (folder / f"{module}.py").exists()
    return module.split(".")[0] != "torchvision" and is_missing(module, folder)


def _whose(module: str) -> str:
    if OTHER_HELPER.match(module):
        return f"{module} is the helper file of another notebook"
    if module in NEEDED_BY_HELPERS:
        return f"Only the old helper files needed {module}"
    return f"{module} is not installed"
