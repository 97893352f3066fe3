"""Scores -> studies and cells that look like the circles', without training anything."""

from __future__ import annotations

import math
from typing import Any

from initlab.records import DIVERGED, FINISHED, Cell, InitDiagnosis, InitFinding, Study, UnitHealth
from initlab.records.diagnosis import LayerNames

ZEROS, TEN, HE = "zeros", "normal(std=10)", "he_normal"


def a_study(**changes: Any) -> Study:
    settings: dict[str, Any] = {
        "recipe": "circles",
        "layer_dims": (2, 10, 5, 1),
        "nonlinearity": "relu",
        "loss": "binary_cross_entropy",
        "loss_form": "probability",
        "optimizer": "gd",
        "learning_rate": 0.01,
        "momentum": 0.0,
        "batch_size": None,
        "dropout": 0.0,
        "steps": 15000,
        "record_every": 100,
        "dtype": "float64",
        "stream": "course",
        "inits": (ZEROS, TEN, HE),
        "bias_init": None,
        "seeds": (3,),
        "metric": "test_accuracy",
        "threshold": 0.3,
        "data": {"n_train": 300, "n_test": 100, "noise": 0.05, "data_seed": 1},
    }
    return Study.from_record({**settings, **changes})


def units(
    dead: tuple[float, ...] = (0.0, 0.2),
    saturated: float = 0.0,
    distinct: tuple[int, ...] = (10, 5),
) -> UnitHealth:
    return UnitHealth(
        dead_share=dead,
        saturated_share={"A3": saturated},
        distinct_units=distinct,
        hidden_units=(10, 5),
    )


def found(*names: str, severity: str = "stops", figure: int = 0) -> tuple[InitFinding, ...]:
    """Return findings in layer 2 whose evidence is a figure."""
    evidence = f"The figure is {figure}."
    return tuple(
        InitFinding(name=name, severity=severity, where=("layer 2",), evidence=evidence)
        for name in names
    )


def a_diagnosis(*findings: InitFinding, **changes: Any) -> InitDiagnosis:
    """Return the diagnosis of a network of three layers in which all was measured."""
    names = ("layer 1", "layer 2", "layer 3")
    layers = LayerNames(
        name=names, role=("linear",) * 3, then=("relu", "relu", "head"), use=(1,) * 3,
        uses=(1,) * 3, width=(10, 5, 1), units=(10, 5, 1),
    )  # fmt: skip
    figures: dict[str, Any] = {
        "q": (1.0, 0.5, 0.25), "g": (0.01, 0.02, 0.2), "c": (0.1, 0.2, None),
        "varied": (1.0, 0.9, 0.8), "dead": (0.0, 0.2, 0.0), "saturated": (0.0, 0.0, 0.0),
        "distinct": (10, 5, 1),
    }  # fmt: skip
    fields = {"batch": "256 of 300 samples of the data", "findings": findings, "layers": layers}
    return InitDiagnosis(**{**fields, **figures, **changes})


def a_cell(init: str = HE, seed: int = 3, accuracy: float = 0.99, **changes: Any) -> Cell:
    loss = changes.pop("loss", 0.05)
    fields: dict[str, Any] = {
        "init": init,
        "seed": seed,
        "outcome": FINISHED,
        "metrics": {
            "train_loss": loss,
            "test_loss": loss,
            "train_accuracy": accuracy,
            "test_accuracy": accuracy,
        },
        "curve": {"step": [0, 100], "train_loss": [0.88, 0.5]},
        "steps_to_threshold": 9000,
        "initial_loss": 0.88,
        "gradient_norms": {"W1": 0.14, "W2": 0.32, "W3": 0.42},
        "start": units(),
        "diagnosis": a_diagnosis(),
        "end": units(dead=(0.0, 0.3)),
    }
    return Cell(**{**fields, **changes})


def a_diverged_cell(init: str = HE, seed: int = 3, step: int = 41) -> Cell:
    return a_cell(
        init,
        seed,
        outcome=DIVERGED,
        metrics=dict.fromkeys(("train_loss", "test_loss", "train_accuracy", "test_accuracy"), None),
        curve={"step": [0], "train_loss": [math.inf]},
        steps_to_threshold=None,
        end=None,
        diverged_step=step,
        first_nonfinite="W2.grad",
    )


def cells_of(scores: dict[str, list[float]]) -> list[Cell]:
    return [a_cell(init, k, x) for init, values in scores.items() for k, x in enumerate(values)]


# The measurements below were taken from a NumPy loop on the circles, seed 3 (std 10: seed 3 and 4).


def a_zeros_cell(seed: int = 3, accuracy: float = 0.5) -> Cell:
    dead = units(dead=(1.0, 1.0), distinct=(1, 1))
    return a_cell(
        ZEROS,
        seed,
        accuracy,
        loss=math.log(2),
        initial_loss=math.log(2),
        gradient_norms={"W1": 0.0, "W2": 0.0, "W3": 0.0, "b1": 0.0, "b2": 0.0, "b3": 1e-17},
        start=dead,
        diagnosis=a_diagnosis(*found("identical_units", "no_gradient")),
        end=dead,
        steps_to_threshold=None,
    )


def a_ten_cell(seed: int = 3, accuracy: float = 0.83) -> Cell:
    return a_cell(
        TEN,
        seed,
        accuracy,
        loss=0.35,
        initial_loss=math.inf,
        gradient_norms={"W1": 81.2, "W2": 88.4, "W3": 154.8},
        start=units(saturated=1.0),
        diagnosis=a_diagnosis(*found("large_initial_loss", severity="slows")),
        end=units(dead=(0.0, 0.6)),
    )


def a_tiny_cell(seed: int = 3) -> Cell:
    return a_cell(
        "normal(std=0.01)",
        seed,
        0.5,
        loss=0.69314734,
        initial_loss=0.69314735,
        gradient_norms={"W1": 9.7e-6, "W2": 9.2e-6, "W3": 1.5e-5},
        steps_to_threshold=None,
        diagnosis=a_diagnosis(*found("vanishing_signal", severity="slows")),
        end=units(),
    )
