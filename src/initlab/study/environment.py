"""This process -> versions and platform, as a stored study names them."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from initlab.randomness import METHOD_NUMERICS, MODULE_NUMERICS, NUMERICS

WORD = re.compile(r"\w+")
VECTORS = {"avx512f": "AVX-512", "avx2": "AVX2", "avx": "AVX"}  # the widest first
PACKAGES = ("initlab", "numpy", "numba", "scipy")


def versions(*, torch: bool = False) -> dict[str, str]:
    """Versions of Python and of the packages that compute the numbers, torch among them or not.

    "numerics" is our own: it rises where initlab gives other numbers.
    """
    found = {"python": platform.python_version()}
    for package in (*PACKAGES, *(["torch"] if torch else [])):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return {**found, "numerics": MODULE_NUMERICS if torch else NUMERICS}


def version_name(name: str) -> str:
    """Return what has a version as a sentence names it: "numpy", "initlab's numerics"."""
    return "initlab's numerics" if name == "numerics" else name


def numerics(found: Mapping[str, str]) -> dict[str, str]:
    """Return those of the versions that decide the numbers of a study."""
    return {name: one for name, one in found.items() if name not in ("python", "initlab")}


def method_numerics(*inits: str | None) -> dict[str, str]:
    """Return what else decides the numbers of a cell: the numerics of methods that it begins from.

    Example:
        >>> method_numerics("he_normal; b1=bounded_normal(low=0)", None)
        {'bounded_normal': '2'}
    """
    named = {name for one in inits if one for name in WORD.findall(one)}
    return {name: number for name, number in METHOD_NUMERICS.items() if name in named}


@cache
def platform_words() -> str:
    """Operating system, architecture, processor and its vectors, as the system tells them."""
    return f"{platform.system()} {platform.machine()}, {_processor()}"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - not a real file
            pairs = (line.partition(":") for line in file)
            told = {name.strip(): value.strip() for name, _, value in pairs}
    except OSError:
        told = {}
    flags = told.get("flags", "").split()
    # one name may stand for processors whose sums round apart
    vectors = [words for flag, words in VECTORS.items() if flag in flags][:1]
    return ", ".join([told.get("model name") or platform.processor() or "unknown processor",
                      *vectors])  # fmt: skip
