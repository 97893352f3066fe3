"""This process -> versions and platform, as a stored study names them."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from initlab.randomness import METHOD_NUMERICS, MODULE_NUMERICS, NUMERICS

WORD = re.compile(r"\w+")
PACKAGES = ("initlab", "numpy", "numba", "scipy")


def versions(*, torch: bool = False) -> dict[str, str]:
    """Versions of Python and of the packages that compute the numbers, torch among them or not."""
    found = {"python": platform.python_version()}
    for package in (*PACKAGES, *(["torch"] if torch else [])):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def numerics(found: Mapping[str, str]) -> dict[str, str]:
    """Return what decides the numbers of a study: our own numerics, and the libraries' versions."""
    libraries = {name: one for name, one in found.items() if name not in ("python", "initlab")}
    return {"numerics": MODULE_NUMERICS if "torch" in found else NUMERICS, **libraries}


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
    """Operating system, architecture and processor model as far as the system tells them."""
    return f"{platform.system()} {platform.machine()}, {_processor()}"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - not a real file
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown processor"
