"""Singular values of the outputs' Jacobian by the inputs."""

from __future__ import annotations

import numpy as np
import pytest

from .making import classes, drawn, nn, seeded, torch

from initlab.diagnosis.jacobian import directions_of, mean_singular_values  # isort: skip
from initlab.diagnosis.measuring import measure  # isort: skip


def test_directions_are_orthonormal_and_of_few_outputs_all():
    rows, scale = directions_of(5, 0)
    assert rows.tolist() == np.eye(5).tolist()
    assert scale == 1
    rows, scale = directions_of(300, 0)
    assert np.allclose(rows @ rows.T, np.eye(12))
    assert scale == 5
    assert not np.allclose(rows, directions_of(300, 1)[0])


def test_the_mean_is_that_of_squares():
    jacobians = np.stack([np.diag([3.0, 1.0]), np.diag([1.0, 5.0])])
    expected = [np.sqrt((9 + 25) / 2), 1.0]
    assert mean_singular_values(jacobians, 2.0) == pytest.approx([2 * one for one in expected])
    assert mean_singular_values(jacobians * np.nan, 1.0) == ()


def test_with_batch_statistics_one_sample_is_looked_at_within_its_batch():
    model = seeded(lambda: nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Linear(8, 3)))
    x = drawn(20, 6)

    def first(one):
        return model(torch.cat([one[None], x[1:]]))[0]

    jacobian = torch.autograd.functional.jacobian(first, x[0])
    expected = np.linalg.svd(jacobian.numpy(), compute_uv=False)
    assert measure(model, x).singular_values == pytest.approx(expected.tolist(), rel=1e-4)


def test_several_inputs_and_what_has_no_jacobian():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(6, 3), nn.Linear(4, 3)

        def forward(self, x, y):
            return self.a(x) + self.b(y)

    model = seeded(Two)
    found = measure(model, (drawn(20, 6), drawn(20, 4)), classes(3, 20))
    expected = np.linalg.svd(model.a.weight.detach().numpy(), compute_uv=False)
    assert found.singular_values == pytest.approx(expected.tolist(), rel=1e-4)
    named = measure(model, {"x": drawn(20, 6), "y": drawn(20, 4)})
    assert named.singular_values == ()
    assert "singular_values" in {one.what for one in named.not_measured}


def test_a_forward_that_takes_one_size_of_batch_alone_is_no_failure():
    class Fixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(6, 3)

        def forward(self, x):
            return self.a(x.view(20, 6))

    found = measure(seeded(Fixed), drawn(20, 6))
    assert found.layers[0].q is not None
    reasons = {one.what: one.reason for one in found.not_measured}
    assert "RuntimeError" in reasons["singular_values"]
