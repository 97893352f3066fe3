"""initlab: does this neural network start right, and which initialization trains it best?

>>> import initlab
>>> initial = initlab.draw_network("he_normal", [2, 4, 1], seed=3, stream="course")
>>> initial["W1"].shape
(4, 2)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from initlab.moved import install as _install
from initlab.moved import moved as _moved

_install()  # old modules are found under their old names

if TYPE_CHECKING:
    from initlab.comparison import Comparison as Comparison
    from initlab.comparison import compare as compare
    from initlab.comparison.diagnose import diagnose as diagnose
    from initlab.diagnosis import Diagnosis as Diagnosis
    from initlab.errors import ArgumentError as ArgumentError
    from initlab.errors import DataError as DataError
    from initlab.errors import InitlabError as InitlabError
    from initlab.errors import ShapeError as ShapeError
    from initlab.errors import StorageError as StorageError
    from initlab.errors import StudyError as StudyError
    from initlab.initialization import Case as Case
    from initlab.initialization import Initialized as Initialized
    from initlab.initialization import draw_network as draw_network
    from initlab.initialization import initialize as initialize
    from initlab.initialization import parse_init as parse_init
    from initlab.initialization import recipe as recipe
    from initlab.initialization import recipes as recipes
    from initlab.initialization import rules as rules
    from initlab.initialization.audit import Audit as Audit
    from initlab.initialization.audit import Finding as Finding
    from initlab.initialization.audit import audit as audit
    from initlab.initialization.receipt import Receipt as Receipt
    from initlab.initialization.verification import Verification as Verification
    from initlab.initialization.verifying import verify as verify
    from initlab.initializers import Initializer as Initializer
    from initlab.initializers import catalogue as catalogue
    from initlab.initializers import draw as draw
    from initlab.initializers import fan_of as fan_of
    from initlab.initializers import parse as parse
    from initlab.initializers import register as register
    from initlab.modules.anatomy import anatomy as anatomy
    from initlab.modules.layers import register_layer as register_layer
    from initlab.networks.anatomy import Anatomy as Anatomy
    from initlab.networks.symmetry import symmetry as symmetry
    from initlab.nonlinearities.gains import gain as gain
    from initlab.nonlinearities.mean_fields import MeanField as MeanField
    from initlab.nonlinearities.mean_fields import edge_of_chaos as edge_of_chaos
    from initlab.nonlinearities.mean_fields import mean_field as mean_field
    from initlab.study.store import open_store as open_store
    from initlab.teaching.drop_ins.init_weights import compare_init_weights as compare_init_weights
    from initlab.teaching.drop_ins.init_weights import hist_dist as hist_dist
    from initlab.teaching.exercises import check as check
    from initlab.teaching.exercises import exercise as exercise
    from initlab.tracing import Trace as Trace
    from initlab.tracing import trace as trace

_PUBLIC = {  # module -> names from it; loaded at first use, so that --help stays quick
    "initlab.comparison": ("Comparison", "compare"),
    "initlab.comparison.diagnose": ("diagnose",),
    "initlab.teaching.drop_ins.init_weights": ("compare_init_weights", "hist_dist"),
    "initlab.diagnosis": ("Diagnosis",),
    "initlab.errors": (
        "ArgumentError", "DataError", "InitlabError", "ShapeError", "StorageError", "StudyError",
    ),
    "initlab.teaching.exercises": ("check", "exercise"),
    "initlab.initialization": (
        "Case", "Initialized", "draw_network", "initialize", "parse_init", "recipe",
        "recipes", "rules",
    ),
    "initlab.initialization.audit": ("Audit", "Finding", "audit"),
    "initlab.initialization.receipt": ("Receipt",),
    "initlab.initialization.verification": ("Verification",),
    "initlab.initialization.verifying": ("verify",),
    "initlab.initializers": (
        "Initializer", "catalogue", "draw", "fan_of", "parse", "register",
    ),
    "initlab.modules.anatomy": ("anatomy",),
    "initlab.modules.layers": ("register_layer",),
    "initlab.networks.anatomy": ("Anatomy",),
    "initlab.networks.symmetry": ("symmetry",),
    "initlab.nonlinearities.gains": ("gain",),
    "initlab.nonlinearities.mean_fields": ("MeanField", "edge_of_chaos", "mean_field"),
    "initlab.study.store": ("open_store",),
    "initlab.tracing": ("Trace", "trace"),
}  # fmt: skip
_HOME = {name: module for module, names in _PUBLIC.items() for name in names}

_OLD = {"parse_start": "initlab:parse_init"}

__version__ = "0.1.0"
__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    return _moved(__name__, _OLD)(name)


def __dir__() -> list[str]:
    return __all__
