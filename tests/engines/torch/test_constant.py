"""A module's margins are those of a dense network with the same outputs, whatever the chunks."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy.special import softmax

torch = pytest.importorskip("torch")

from torch.nn.functional import cross_entropy  # noqa: E402

from initlab.datasets import InMemory  # noqa: E402
from initlab.engines.torch.batches import chunks  # noqa: E402
from initlab.engines.torch.constant import ConstantPrediction  # noqa: E402
from initlab.engines.torch.scores import base_rates, evaluate  # noqa: E402
from initlab.engines.torch.task import IGNORED_LABEL, NAMED, task_of  # noqa: E402
from initlab.networks import DenseNetwork  # noqa: E402
from initlab.networks import constant as dense  # noqa: E402

RANDOM = np.random.default_rng(1)
N = 400
REPEATED = 40


def samples():
    """Return outputs and labels of N samples."""
    labels = RANDOM.choice(3, size=N, p=[0.2, 0.5, 0.3])
    noise = RANDOM.normal(size=(N, 3))
    return noise + 2 * np.eye(3)[labels] * (RANDOM.random((N, 1)) < 0.5), labels


OUTPUTS, LABELS = samples()


def found(loss, outputs, target, *, chunk=150, metrics=None):
    z, y = torch.tensor(outputs), torch.tensor(target)
    task = task_of(loss, z, y)
    answer = ConstantPrediction(task, y, 3)
    _, margins = evaluate(
        torch.nn.Identity(), task, chunks(InMemory((z,), y), chunk), metrics, answer
    )
    return base_rates(task, answer, y, metrics or {}), margins


def test_base_rates_and_margins_of_classes_are_those_of_the_dense_engine():
    network = DenseNetwork([2, 3, 3], "relu", "cross_entropy")
    base, margins = found("cross_entropy", OUTPUTS, LABELS)
    assert base == pytest.approx(dense.base_rates(["loss", "accuracy"], network, LABELS), rel=1e-6)
    for name, (mean, error) in dense.margins(
        ["loss", "accuracy"], network, OUTPUTS, LABELS
    ).items():
        assert margins[name] == (pytest.approx(mean, rel=1e-6), pytest.approx(error, rel=1e-6))


def test_ignored_labels_leave_accuracy_and_loss_to_groups_of_samples():
    labels = np.where(np.arange(N) % 7 == 0, IGNORED_LABEL, LABELS)
    _, margins = found("cross_entropy", OUTPUTS, labels)
    assert margins["loss"][1] > 0
    assert margins["accuracy"][1] > 0


def test_the_error_of_a_margin_of_other_losses_is_that_of_a_mean_of_independent_samples():
    squares = []
    for _ in range(REPEATED):
        outputs, labels = samples()
        _, margins = found(partial(cross_entropy, label_smoothing=1e-9), outputs, labels)
        losses = -np.log(softmax(outputs, axis=1)[np.arange(N), labels])
        constant = -np.log(np.bincount(labels) / N)[labels]
        squares.append(margins["loss"][1] ** 2 / ((losses - constant).var(ddof=1) / N))
    # 50 groups know a variance to a fifth, 40 times 50 groups to 3 %
    assert np.mean(squares) == pytest.approx(1, abs=0.12)


@pytest.mark.parametrize("loss", NAMED)
def test_no_constant_nearby_has_a_smaller_loss(loss):
    binary, values = (NAMED[loss].targets == kind for kind in ("binary", "values"))
    y = torch.tensor(LABELS > 1).double() if binary else torch.tensor(LABELS)
    y = torch.tensor(OUTPUTS) if values else y
    z = torch.zeros(N, 1 if binary else 3, dtype=torch.float64)
    task = task_of(loss, z, y)
    answer = ConstantPrediction(task, y, 3).outputs(y).double().reshape(z.shape)
    best = float(task.loss_of(answer, y))
    slack = 1e-6
    if NAMED[loss].constant == "median":
        assert best < float(task.loss_of(y.mean(dim=0).expand_as(y), y))
        tiny, small = (float(task.loss_of(y + error, y)) for error in (1e-3, 1e-1))
        slack = 2e-3 if tiny < small / 1e3 else slack  # smooth: between the median and the mean
    for one in torch.tensor(RANDOM.normal(size=(200, z.shape[1]))) * 0.1:
        other = answer + one
        other = torch.log_softmax(other, dim=1) if loss == "nll" else other
        assert float(task.loss_of(other, y)) >= best - slack


@pytest.mark.parametrize("chunk", [7, 150, 400])
def test_chunks_do_not_move_the_difference(chunk):
    _, margins = found("cross_entropy", OUTPUTS, LABELS, chunk=chunk)
    _, whole = found("cross_entropy", OUTPUTS, LABELS, chunk=400)
    assert margins["accuracy"][0] == pytest.approx(whole["accuracy"][0], abs=1e-12)


def test_one_logit_and_regression_agree_with_the_dense_engine():
    y = (RANDOM.random(N) < 0.1).astype(np.float64)
    z = RANDOM.normal(size=(N, 1))
    network = DenseNetwork([2, 3, 1], "relu", "binary_cross_entropy")
    base, margins = found("bce_with_logits", z, y)
    assert base == pytest.approx(dense.base_rates(["loss", "accuracy"], network, y), rel=1e-6)
    expected = dense.margins(["loss", "accuracy"], network, z, y)
    assert margins["loss"] == pytest.approx(expected["loss"], rel=1e-6)

    values = RANDOM.normal(2, 3, size=(N, 2))
    outputs = values + RANDOM.normal(size=(N, 2))
    base, margins = found("mse", outputs, values)
    assert base["r2"] == 0
    assert base["loss"] == pytest.approx(values.var(axis=0).mean(), rel=1e-9)
    spread = ((values - values.mean(axis=0)) ** 2).sum()
    assert margins["r2"][0] == pytest.approx(1 - ((outputs - values) ** 2).sum() / spread, abs=1e-9)


def test_base_rate_of_an_l1_loss_is_that_of_the_median():
    values = RANDOM.exponential(size=(401, 1))
    base, _ = found("l1", np.zeros((401, 1)), values)
    assert base["loss"] == pytest.approx(np.abs(values - np.median(values)).mean(), rel=1e-9)
    assert base["r2"] == 0


def test_positions_and_ignored_labels_count_as_the_loss_counts_them():
    labels = RANDOM.integers(3, size=(60, 5))
    labels[:, 4] = IGNORED_LABEL
    labels[:30, 2:] = IGNORED_LABEL  # sentences of other lengths
    outputs = RANDOM.normal(size=(60, 3, 5))
    base, margins = found("cross_entropy", outputs, labels)
    asked = labels != IGNORED_LABEL
    share = np.bincount(labels[asked]) / asked.sum()
    assert base["accuracy"] == pytest.approx(share.max())
    assert base["loss"] == pytest.approx(-np.log(share)[labels[asked]].mean())
    z = torch.from_numpy(outputs)
    every = torch.nn.functional.cross_entropy(z, torch.from_numpy(labels)).item()
    assert margins["loss"][0] == pytest.approx(every - base["loss"], abs=1e-12)
    right = (outputs.argmax(axis=1) == labels)[asked].mean()
    assert margins["accuracy"][0] == pytest.approx(right - share.max(), abs=1e-12)


def test_a_callable_metric_has_a_base_rate_where_it_takes_a_constant_answer():
    def mean_right(outputs, target):
        return (outputs.argmax(dim=1) == target).double().mean()

    def picky(outputs, target):
        if bool((outputs == outputs[:1]).all()):
            raise ValueError("all outputs are equal")
        return 1.0

    base, margins = found(
        "cross_entropy", OUTPUTS, LABELS, metrics={"mean_right": mean_right, "picky": picky}
    )
    assert base["mean_right"] == pytest.approx(base["accuracy"])
    assert margins["mean_right"][0] == pytest.approx(margins["accuracy"][0], abs=1e-12)
    assert "picky" not in base
    assert "picky" not in margins
    squares = []
    for _ in range(REPEATED):
        outputs, labels = samples()
        _, margins = found("cross_entropy", outputs, labels, metrics={"mean_right": mean_right})
        each = (outputs.argmax(axis=1) == labels).astype(float) - (labels == 1)
        squares.append(margins["mean_right"][1] ** 2 / (each.var(ddof=1) / N))
    # ten groups know a variance to a half, 40 times ten groups to 7 %
    assert np.mean(squares) == pytest.approx(1, abs=0.25)
