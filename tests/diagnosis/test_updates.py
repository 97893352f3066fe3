"""First updates, gradients that are shown and not kept, and trial steps."""

from __future__ import annotations

import pytest

from .making import drawn, nn, seeded, torch

from initlab.diagnosis.rates import TRIAL_RATE  # isort: skip
from initlab.diagnosis.updates import Trial, Updates, gradients_seen, norm  # isort: skip
from initlab.errors import ArgumentError  # isort: skip


def test_an_optimizer_has_its_own_rate_unless_one_is_given():
    assert Updates.of("adam", None).rate == 1e-3
    assert Updates.of(torch.optim.RMSprop, None).rate == 1e-2
    assert Updates.of("sgd", 0.5).rate == 0.5
    with pytest.raises(ArgumentError, match="learning_rate must be a finite number > 0"):
        Updates.of("sgd", 0.0)
    with pytest.raises(ArgumentError, match="Did you mean 'adam'"):
        Updates.of("adamm", None)


@pytest.mark.parametrize(
    "name", ["adam", "adamw", "sgd", "rmsprop", "adagrad", "adadelta", "rprop"]
)
def test_the_first_update_is_the_optimizers_own(name, monkeypatch):
    monkeypatch.setattr("initlab.diagnosis.updates.AT_ONCE", 7)
    parameter = nn.Parameter(drawn(5, 4).double())
    gradient = drawn(5, 4, seed=1).double() * 1e-7  # near Adam's epsilon
    gradient[0] = 0
    updates = Updates.of(name, 0.01)
    copy = nn.Parameter(parameter.detach().clone())
    copy.grad = gradient.clone()
    plain = {"weight_decay": 0} if name == "adamw" else {}
    updates.optimizer([copy], lr=0.01, **plain).step()
    expected = float((copy - parameter).detach().norm())
    assert updates.norm(parameter, gradient) == pytest.approx(expected, rel=1e-6)


def test_gradients_are_shown_whole_and_none_is_kept():
    model = seeded(lambda: nn.Linear(6, 6))
    x, shown = drawn(8, 6), {}
    named = list(model.named_parameters())
    with gradients_seen(named, lambda name, one, gradient: shown.update({name: gradient.clone()})):
        model(model(x)).sum().backward(inputs=[one for _, one in named])
    assert [one.grad for _, one in named] == [None, None]
    model(model(x)).sum().backward()
    for name, one in named:  # used twice, shown once
        assert torch.allclose(shown[name], one.grad)


def test_sparse_gradients_are_shown_dense():
    table = nn.Embedding(5, 3, sparse=True)
    shown = []
    with gradients_seen([("w", table.weight)], lambda *found: shown.append(found[2])):
        table(torch.tensor([1, 1])).sum().backward(inputs=[table.weight])
    assert shown[0].tolist() == [[0.0] * 3, [2.0] * 3, *[[0.0] * 3] * 3]


@pytest.mark.parametrize("contiguous", [True, False])
def test_a_trial_step_goes_along_the_signs(contiguous, monkeypatch):
    monkeypatch.setattr("initlab.diagnosis.updates.AT_ONCE", 5)
    values = drawn(4, 6)
    parameter = nn.Parameter(values.clone() if contiguous else values.T.clone().T)
    gradient = drawn(4, 6, seed=1) * 1e-30
    gradient[0, 0], gradient[1, 1] = 0.0, float("nan")
    trial = Trial()
    assert trial.note(parameter, gradient)
    assert not trial.note(nn.Parameter(values), torch.zeros(4, 6))
    trial.step()
    expected = values - TRIAL_RATE * gradient.nan_to_num(0.0).sign()
    assert torch.equal(parameter.data, expected)
    trial.step()
    assert torch.equal(parameter.data, expected)  # each step takes its gradient once


def test_norms_are_summed_in_double_precision():
    assert norm(torch.full((10,), 1e30)) == pytest.approx(1e30 * 10**0.5)
