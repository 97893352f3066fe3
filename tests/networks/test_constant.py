"""The best constant prediction is what no other constant beats; margins are paired differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from initlab.networks import DenseNetwork
from initlab.networks.constant import base_rates, constant_outputs, margins
from initlab.networks.dense import LOSSES
from initlab.networks.losses import FORMS, TABLE, Loss
from initlab.networks.metrics import METRICS, Metric
from initlab.networks.scores import per_sample, score
from initlab.nonlinearities.table import sigmoid

from ..engines.making import points

BINARY = DenseNetwork([2, 3, 1], "relu", "binary_cross_entropy")
CLASSES = DenseNetwork([2, 3, 4], "relu", "cross_entropy")
VALUES = DenseNetwork([2, 3, 2], "relu", "half_mean_squared_error")
RANDOM = np.random.default_rng(0)
EVERY = [
    DenseNetwork([1, 1 if TABLE[loss].targets == "binary" else 3], "relu", loss) for loss in LOSSES
]
CASES = [
    (BINARY, (RANDOM.random(40) < 0.2).astype(float)),
    (CLASSES, RANDOM.choice(4, size=60, p=[0.1, 0.5, 0.3, 0.1])),
    (VALUES, RANDOM.normal(3, 2, size=(30, 2))),
]


@pytest.mark.parametrize(("network", "y"), CASES)
def test_no_other_constant_has_a_smaller_loss(network, y):
    def loss(row):
        z = np.broadcast_to(row, (len(y), network.layer_dims[-1]))
        return float(score("loss", network, z, y))

    best = minimize(loss, np.zeros(network.layer_dims[-1]), method="BFGS")
    assert loss(constant_outputs(network, y)) == pytest.approx(best.fun, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "network"),
    [
        (name, n)
        for name, row in METRICS.items()
        for n in EVERY
        if TABLE[n.loss].targets in row.targets
    ],
)
def test_scores_rank_as_they_say_and_are_the_means_of_their_shares(name, network):
    row, y = METRICS[name], points(network, 50).y

    def value(answer):
        return float(score(name, network, np.broadcast_to(answer, (len(y), answer.size)), y))

    answer = constant_outputs(network, y, mean=row.of_mean is not None)
    best = base_rates([name], network, y)[name]
    assert value(answer) == pytest.approx(best, abs=1e-12)
    sign = 1 if row.higher else -1
    perfect = y.reshape(len(y), -1)
    if TABLE[network.loss].targets == "binary":
        perfect = 50 * (2 * perfect - 1)
    elif TABLE[network.loss].targets == "classes":
        perfect = 50 * np.eye(answer.size)[y.astype(int)]
    assert sign * float(score(name, network, perfect, y)) > sign * best
    if name == "loss" or row.constant != Metric.constant:
        for one in np.random.RandomState(0).standard_normal((200, answer.size)):
            assert sign * value(answer + one) <= sign * best + 1e-12, (
                f"another constant prediction is better: say the best one, as `best` of the loss "
                f"{network.loss} or `constant` of the metric {name}"
            )
    z = np.random.RandomState(1).standard_normal((len(y), answer.size))
    shares = per_sample(name, network, z, y)
    assert shares.mean() == pytest.approx(float(score(name, network, z, y)))


def test_a_loss_that_is_no_logarithm_says_its_own_best_constant(monkeypatch):
    def hinge(z, y):
        return np.maximum(0, 1 - (2 * y - 1) * z[..., 0])

    row = Loss("binary", predicted=sigmoid, samples=dict.fromkeys(FORMS, hinge),
               best=lambda y, outputs: np.array([1.0 if y.mean() > 0.5 else -1.0]))  # fmt: skip
    monkeypatch.setitem(TABLE, BINARY.loss, row)
    y = CASES[0][1]
    found = base_rates(["loss", "accuracy"], BINARY, y)
    assert found == pytest.approx({"loss": 2 * y.mean(), "accuracy": 1 - y.mean()})


def test_base_rate_of_accuracy_is_the_share_of_the_largest_class():
    y = np.repeat([0, 1, 2, 3], [5, 2, 9, 4])
    assert base_rates(["accuracy"], CLASSES, y) == {"accuracy": 9 / 20}
    rare = np.r_[np.ones(21), np.zeros(979)]
    assert base_rates(["accuracy"], BINARY, rare) == {"accuracy": 0.979}
    assert base_rates(["accuracy"], BINARY, 1 - rare) == {"accuracy": 0.979}


def test_base_rates_of_a_regression_are_zero_and_half_the_variance():
    network, y = CASES[2]
    found = base_rates(["loss", "r2", "document_accuracy"], network, y)
    assert found["loss"] == pytest.approx(np.var(y, axis=0).sum() / 2, rel=1e-12)
    assert found["r2"] == pytest.approx(0, abs=1e-12)
    assert found["document_accuracy"] == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize("y", [np.zeros(10), np.ones(10)])
def test_one_class_alone_is_answered_without_loss(y):
    found = base_rates(["loss", "accuracy"], BINARY, y)
    assert found == pytest.approx({"loss": 0.0, "accuracy": 1.0}, abs=1e-300)


def test_a_class_that_does_not_occur_is_not_answered_and_leaves_the_loss_finite():
    found = base_rates(["loss"], CLASSES, np.array([0, 0, 1, 1]))
    assert found["loss"] == pytest.approx(np.log(2), rel=1e-12)


@pytest.mark.parametrize(("network", "y"), CASES)
def test_a_margin_is_the_score_less_the_base_rate_and_its_error_that_of_a_mean(network, y):
    z = RANDOM.normal(size=(len(y), network.layer_dims[-1]))
    names = ["loss", "r2"] if network is VALUES else ["loss", "accuracy"]
    found, own = (
        margins(names, network, z, y),
        {name: float(score(name, network, z, y)) for name in names},
    )
    base = base_rates(names, network, y)
    for name in names:
        assert found[name][0] == pytest.approx(own[name] - base[name], abs=1e-12)
    # the error of n independent differences falls as 1 / sqrt(n)
    twice = margins(names, network, np.concatenate([z, z]), np.concatenate([y, y]))
    n, classes = len(y), 1 if network is VALUES else len(np.unique(y))
    for name in names:
        ratio = np.sqrt((n - classes) / (2 * n - classes))
        assert twice[name][1] == pytest.approx(found[name][1] * ratio, rel=1e-9)


def test_the_error_of_an_accuracy_counts_only_samples_answered_differently():
    y = np.array([0.0] * 8 + [1.0] * 2)
    z = np.where(y > 0.5, 1.0, -1.0)[:, None]
    z[0] = 1.0  # one mistake; two samples answered better than "always 0"
    (difference, error) = margins(["accuracy"], BINARY, z, y)["accuracy"]
    assert difference == pytest.approx(0.1)
    # within class 0 one mistake of 8, within class 1 none; 10 samples less 2 means
    assert error == pytest.approx(np.sqrt(8 * (1 / 8) * (7 / 8) / (10 - 2) / 10), rel=1e-12)


def test_which_of_two_equally_frequent_classes_is_answered_makes_no_difference():
    y = np.repeat([0.0, 1.0], 50)
    z = np.where(RANDOM.random(100) < 0.3, -1.0, 1.0)[:, None]  # mostly answers class 1
    (_, error), (_, mirrored) = (
        margins(["accuracy"], BINARY, sign * z, labels)["accuracy"]
        for sign, labels in ((1, y), (-1, 1 - y))
    )
    assert error == pytest.approx(mirrored, rel=1e-12)


def test_the_error_is_that_of_drawing_samples_of_these_classes_again():
    y = np.repeat([0.0, 1.0], [180, 20])
    chance = np.where(y > 0.5, 0.7, 0.95)  # of a right answer
    found = []
    for _ in range(2_000):
        right = RANDOM.random(200) < chance
        z = np.where(right == (y > 0.5), 1.0, -1.0)[:, None]
        found.append(margins(["accuracy"], BINARY, z, y)["accuracy"])
    differences, errors = np.array(found).T
    assert np.mean(errors) == pytest.approx(differences.std(), rel=0.06)


def test_an_infinite_loss_is_an_infinite_margin_without_an_error():
    network = DenseNetwork([2, 3, 1], "relu", "binary_cross_entropy", loss_form="probability")
    found = margins(["loss"], network, np.array([[-800.0], [1.0]]), np.array([1.0, 0.0]))
    assert found["loss"] == (np.inf, 0.0)
