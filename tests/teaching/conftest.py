"""Figures that nobody looks at, and a global generator left as it was."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest


@pytest.fixture(autouse=True)
def unseen_figures(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    monkeypatch.setattr(plt, "show", lambda: None)
    yield plt
    plt.close("all")


@pytest.fixture(autouse=True)
def same_global_generator():
    state = np.random.get_state()
    yield
    np.random.set_state(state)
