"""Studies of dense networks give the numbers they gave."""

from __future__ import annotations

import json

import numpy as np
import pytest

import initlab

from . import files, studies
from .numbers import differing, numbers_of

KEPT = files.read(files.VALUES)


def compared(settings):
    return initlab.compare(**settings, progress=False)


@pytest.mark.parametrize("name", studies.DENSE)
def test_a_study_gives_the_numbers_it_gave(name):
    record = json.loads(compared(studies.DENSE[name]).to_json())
    assert differing(KEPT[name], numbers_of(record)) == []


def test_the_documents_study_reads_50_83_and_99_percent():
    zeros, large, he = (c.metrics["train_accuracy"] for c in compared(studies.CIRCLES).cells)
    assert (zeros, f"{he:.0%}") == (0.5, "99%")
    # the last bits of another processor's sums change ×10's chaotic first steps
    assert large == pytest.approx(0.83, abs=0.02)


@pytest.mark.parametrize("settings", [studies.NEIGHBOUR, studies.DIGITS_NEIGHBOUR])
def test_a_diverging_neighbour_moves_no_bit(settings):
    diverging, finite = settings["inits"]
    among = compared(settings).cells
    alone = compared({**settings, "inits": [finite]}).cells
    assert {cell.outcome for cell in among if cell.init == diverging} == {"diverged"}
    beside = [cell for cell in among if cell.init == finite]
    assert {cell.outcome for cell in alone} == {"finished"}
    assert [parts(cell) for cell in beside] == [parts(cell) for cell in alone]


def parts(cell):
    parameters = {name: np.asarray(one).tobytes() for name, one in cell.parameters.items()}
    return (
        cell.seed, cell.metrics, cell.curve, cell.initial_loss, cell.gradient_norms, cell.start,
        cell.end, parameters,
    )  # fmt: skip
