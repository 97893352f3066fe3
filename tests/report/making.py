"""Small studies, cells and data with known answers, made without training."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from initlab.analysis import Analysis
from initlab.datasets import Dataset
from initlab.datasets.plane import circles
from initlab.records import DIVERGED, FINISHED, Cell, InitDiagnosis, InitFinding, Study, UnitHealth
from initlab.records.diagnosis import LayerNames

ZEROS, TEN, HE = "zeros", "normal(std=10)", "he_normal"
STEPS = [0, 100, 200, 300]
METRICS = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")


def a_study(**changes: Any) -> Study:
    settings: dict[str, Any] = {
        "recipe": "circles",
        "layer_dims": (2, 1),
        "nonlinearity": "relu",
        "loss": "binary_cross_entropy",
        "loss_form": "probability",
        "optimizer": "gd",
        "learning_rate": 0.01,
        "momentum": 0.0,
        "batch_size": None,
        "dropout": 0.0,
        "steps": 400,
        "record_every": 100,
        "dtype": "float64",
        "stream": "course",
        "inits": (ZEROS, TEN, HE),
        "bias_init": None,
        "seeds": (3,),
        "metric": "test_accuracy",
        "threshold": 0.3,
        "data": {"n_train": 60, "n_test": 20, "noise": 0.05, "data_seed": 1},
    }
    return Study.from_record({**settings, **changes})


def some_data() -> Dataset:
    return circles(n_train=60, n_test=20)


def upright(slope: float, at: float = 0.0) -> dict[str, np.ndarray]:
    """Return parameters of a 2-1 network whose output is 0.5 on the line x1 = at."""
    return {"W1": np.array([[slope, 0.0]]), "b1": np.array([[-slope * at]])}


def a_cell(init: str = HE, seed: int = 3, accuracy: float = 0.9, **changes: Any) -> Cell:
    health = UnitHealth(
        dead_share=(), saturated_share={"A1": 0.0}, distinct_units=(), hidden_units=()
    )
    losses = changes.pop("losses", [0.9, 0.5, 0.2, 0.05 + seed / 1000])
    fields: dict[str, Any] = {
        "init": init,
        "seed": seed,
        "outcome": FINISHED,
        "metrics": dict(zip(METRICS, (0.05, 0.06, accuracy, accuracy), strict=True)),
        "curve": {"step": STEPS[: len(losses)], "train_loss": losses},
        "steps_to_threshold": 200,
        "initial_loss": losses[0] if losses else math.nan,
        "gradient_norms": {"W1": 0.1},
        "start": health,
        "end": health,
        "parameters": upright(8.0),
        "engine": "an engine",
        "platform": "a machine",
    }
    return Cell(**{**fields, **changes})


def a_diagnosis(layers: int = 3, scale: float = 1.0, **changes: Any) -> InitDiagnosis:
    """Return the diagnosis of so many layers, the second of them dead."""
    names = tuple(f"fc{k}" for k in range(1, layers + 1))
    described = LayerNames(
        name=names, role=("linear",) * layers, then=("relu",) * (layers - 1) + ("head",),
        use=(1,) * layers, uses=(1,) * layers, width=(8,) * layers, units=(8,) * layers,
    )  # fmt: skip
    dead = InitFinding(
        name="dead_units", severity="slows", where=("fc2",), evidence="The share is 0.7."
    )
    falling = tuple(scale / 10**k for k in range(layers))
    fields: dict[str, Any] = {
        "batch": "60 samples of the data", "findings": (dead,), "layers": described, "q": falling,
        "g": falling[::-1], "c": (None,) * layers, "varied": (0.5,) * layers,
        "dead": (0.0, 0.7, 0.0, *[0.0] * layers)[:layers], "saturated": (0.0,) * layers,
        "distinct": (8,) * layers,
    }  # fmt: skip
    return InitDiagnosis(**{**fields, **changes})


def a_zeros_cell(seed: int = 3) -> Cell:
    return a_cell(ZEROS, seed, 0.5, losses=[math.log(2)] * 4, parameters=upright(0.0))


def a_ten_cell(seed: int = 3, accuracy: float = 0.8) -> Cell:
    losses = [math.inf, 20.0, 1.0, 0.5]
    return a_cell(TEN, seed, accuracy, losses=losses, parameters=upright(40.0, at=0.2))


def a_diverged_cell(init: str = TEN, seed: int = 3, step: int = 150, **changes: Any) -> Cell:
    fields: dict[str, Any] = {
        "losses": [0.9, 0.7],
        "outcome": DIVERGED,
        "metrics": dict.fromkeys(METRICS),
        "steps_to_threshold": None,
        "end": None,
        "diverged_step": step,
        "first_nonfinite": "W1.grad",
        "parameters": None,
    }
    return a_cell(init, seed, **{**fields, **changes})


def three_starts() -> list[Cell]:
    return [a_zeros_cell(), a_ten_cell(), a_cell()]


def many_seeds(count: int = 6) -> list[Cell]:
    cells = [a_zeros_cell(seed) for seed in range(count)]
    cells += [a_ten_cell(seed, 0.6 + 0.05 * seed) for seed in range(count)]
    cells += [a_cell(HE, seed, 0.99 - 0.01 * seed) for seed in range(count)]
    return cells


def a_record(study: Study | None = None, cells: list[Cell] | None = None) -> Analysis:
    return Analysis(
        a_study(defaults={}) if study is None else study,
        three_starts() if cells is None else cells,
        versions={"initlab": "0.1.0", "NumPy": "2.0"},
    )
