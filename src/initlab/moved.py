"""Old module, name and new homes -> the object, with a warning: old scripts go on until 1.0."""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
import warnings
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

TEACHING = "initlab.teaching"
MODULES = {  # old module -> its home; a module below it moved with it
    "initlab.comparison.init_weights": f"{TEACHING}.drop_ins.init_weights",
    "initlab.course": f"{TEACHING}.drop_ins",
    "initlab.course.drop_ins": f"{TEACHING}.drop_ins.files",
    "initlab.course.repair": f"{TEACHING}.repair",
    "initlab.exercises": f"{TEACHING}.exercises",
    "initlab.initializers.laws": "initlab.initializers.distributions",
    "initlab.lessons": f"{TEACHING}.lessons",
}
_ANALYSIS = (
    "INTERVAL_NOTE", "Difference", "RateScore", "Scores", "Spread", "Units",
    "bootstrap_interval", "chance_loss", "choose_rates", "command_line", "differences", "document",
    "explain", "higher_is_better", "holm", "interquartile_mean", "judge", "next_command",
    "ranking", "read_study", "summarize", "summarize_scores", "write_study",
)  # fmt: skip
_RECORDS = ("CANCELLED", "DIVERGED", "FINISHED", "Cell", "Study", "UnitHealth")
_TABLE = ("LEAKY_SLOPE", "SELU_DEPTH", "SELU_SCALE", "TABLE", "Nonlinearity", "nonlinearity",
          "sigmoid")  # fmt: skip
NAMES: dict[str, dict[str, str]] = {  # old module without a file -> homes of its names
    "initlab.dense": {
        **dict.fromkeys(("DenseNetwork", "gradients", "layers", "predict"), "initlab.networks"),
        **dict.fromkeys(("Trajectory", "train"), "initlab.engines"),
        "TrainingData": "initlab.datasets.InMemory",
        "TrainingPlan": "initlab.records.Training",
    },
    "initlab.initializers.case": {
        **dict.fromkeys(("Case", "Start", "parse_case"), "initlab.initialization.case"),
        "parse_start": "initlab.initialization.case:parse_init",
    },
    "initlab.initializers.laws.law": {
        "Law": "initlab.initializers.Distribution",
        "spread": "initlab.initializers.distributions.distribution",
    },
    "initlab.initializers.network": {
        **dict.fromkeys(("draw_network", "parameter_shapes"), "initlab.initialization.dense"),
        "network_laws": "initlab.initialization.dense:network_distributions",
    },
    "initlab.modules.initialize": dict.fromkeys(
        ("DEFAULT", "initialize"), "initlab.initialization.module"
    ),
    "initlab.modules.report": dict.fromkeys(
        ("Initialized", "ParameterRow"), "initlab.initialization.report"
    ),
    "initlab.networks.nonlinearities": dict.fromkeys(_TABLE, "initlab.nonlinearities.table"),
    "initlab.results": {
        **dict.fromkeys(_RECORDS, "initlab.records"),
        **dict.fromkeys(_ANALYSIS, "initlab.analysis"),
        "StartSummary": "initlab.analysis.InitSummary",
        "StudyRecord": "initlab.analysis.Analysis",
    },
}
WRITTEN = (  # into files and notebooks of users, by initlab itself: no warning
    "initlab.course", "initlab.course.bamberg", "initlab.course.coursera",
    "initlab.course.udacity", "initlab.course.udacity.datasets",
    "initlab.course.udacity.transforms", "initlab.lessons", "initlab.lessons.grading",
)  # fmt: skip


def moved(module: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of an old module.

    Args:
        module: the old module.
        homes: name -> the module it lives in now, or module and new name where that changed: of a
            class "module.Name", of a function "module:name".
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        home, _, last = homes[name].rpartition(".")
        place, found = (home, last) if last[:1].isupper() else (homes[name], name)
        if ":" in homes[name]:
            place, _, found = homes[name].partition(":")
        message = f"{module}.{name} is now {place}.{found}; initlab 1.0 removes the old name."
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return getattr(importlib.import_module(place), found)

    return find


class OldModules:
    """Importer of old modules: the very modules that moved, or the homes of their names."""

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a module that has moved; any other is left to Python."""
        if not name.startswith("initlab.") or (name not in NAMES and self.home(name) is None):
            return None
        loader: Any = self  # importlib.abc, where a Loader is declared, takes 7 ms to import
        return importlib.machinery.ModuleSpec(name, loader, is_package=name not in NAMES)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """Let Python make a module, which the moved one then replaces."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the moved module in the place of this one, or let it find its names."""
        name = module.__name__
        if name in NAMES:
            module.__dict__["__getattr__"] = moved(name, NAMES[name])
            return
        home = self.home(name)
        assert home is not None
        found = importlib.import_module(home)
        if name not in WRITTEN:
            message = f"{name} is now {home}; initlab 1.0 removes the old name."
            warnings.warn(message, DeprecationWarning, stacklevel=2)
        sys.modules[name] = found

    def home(self, name: str) -> str | None:
        """Return the home of an old module, or None."""
        old = max((one for one in MODULES if f"{name}.".startswith(f"{one}.")), key=len, default="")
        return MODULES[old] + name.removeprefix(old) if old else None


def install() -> None:
    """Let imports find the old modules, before Python looks into their folders."""
    if not any(isinstance(one, OldModules) for one in sys.meta_path):
        sys.meta_path.insert(0, OldModules())
