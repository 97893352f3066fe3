"""A cell's diagnosis has the figures and findings of the measurements, as JSON has them."""

from __future__ import annotations

import json

import numpy as np

from initlab.diagnosis.at_init import at_init
from initlab.diagnosis.dense import measure_dense
from initlab.diagnosis.finding import Finding
from initlab.networks import DenseNetwork
from initlab.records import InitDiagnosis

NETWORK = DenseNetwork((3, 6, 4, 2), "relu", loss="cross_entropy")
RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((30, 3)), RNG.integers(2, size=30)


def measured(scale=1.0):
    theta = {name: np.random.default_rng(1).standard_normal(NETWORK.shape_of(name)) * scale
             for name in NETWORK.parameter_names}  # fmt: skip
    return measure_dense(NETWORK, theta, X, Y)


def test_figures_are_those_of_the_layers():
    whole = measured()
    found = at_init(whole)
    for name in ("q", "g", "c", "varied"):
        assert getattr(found, name) == tuple(getattr(one, name).value for one in whole.layers)
    for name in ("dead", "saturated", "distinct"):
        assert getattr(found, name) == tuple(getattr(one, name) for one in whole.layers)
    assert found.layers.name == ("layer 1", "layer 2", "layer 3")
    assert found.layers.then == ("relu", "relu", "head")
    assert found.layers.width == (6, 4, 2)
    assert (found.batch, found.unknown) == ("30 samples of the data", "")


def test_findings_are_kept_also_those_that_are_suspect():
    more = [Finding("cloned_layers", "suspect", ("a", "b"), "Alike.", "An effect.", "A fix.")]
    (one,) = at_init(measured(0.5), more).findings
    assert (one.name, one.severity, one.where, one.evidence) == (
        "cloned_layers", "suspect", ("a", "b"), "Alike.",
    )  # fmt: skip


def test_what_could_not_be_measured_is_told():
    found = at_init(measured(np.nan))
    assert found.q == (None, None, None)
    assert found.unknown.startswith(
        "outputs, gradients and correlations between samples could not be measured"
    )


def test_a_diagnosis_goes_to_json_and_back_and_its_layers_are_shared():
    found = at_init(measured())
    again = InitDiagnosis.from_record(json.loads(found.model_dump_json()))
    assert again == found
    assert again.layers is found.layers
    assert at_init(measured(2.0)).layers is found.layers
    large = at_init(measured(1e160))  # squares beyond float64
    json.loads(json.dumps(large.to_record(), allow_nan=False))
