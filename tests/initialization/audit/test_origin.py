"""Numbers drawn from a known distribution -> the distribution that they are taken for."""

from __future__ import annotations

import math

import numpy as np
import pytest

import initlab
from initlab.initializers import Normal
from initlab.initializers.fan import Fan

torch = pytest.importorskip("torch", reason="modules are PyTorch's")
nn = torch.nn

from initlab.initialization.audit.numbers import numbers_of  # noqa: E402
from initlab.initialization.audit.origin import origin_of  # noqa: E402

FAN = Fan(300, 200)


def judged(numbers, fan=FAN, dtype="float32", default=None):
    return origin_of(numbers_of(torch.as_tensor(np.asarray(numbers))), dtype, fan, default)


@pytest.mark.parametrize(
    "init",
    [
        "he_normal", "he_uniform", "he_truncated_normal", "glorot_normal", "glorot_uniform",
        "glorot_truncated_normal", "lecun_normal", "lecun_uniform", "lecun_truncated_normal",
        "he_normal(mode='fan_out')", "torch_default", "small_init", "gpt_normal",
        "bert_truncated_normal", "normal", "uniform", "orthogonal", "zeros", "ones",
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_a_weight_drawn_by_a_method_is_taken_for_it(init, dtype):
    layer = nn.Linear(300, 200, bias=False).to(dtype)
    initlab.initialize(layer, init, seed=0)
    row = initlab.audit(layer)["weight"]
    exact = {"zeros": "0", "ones": "1"}
    assert row.law == exact.get(init, init) or init in row.also
    assert row.certainty > 0.999


@pytest.mark.parametrize(
    ("init", "text"),
    [
        ("normal(std=0.03)", "normal(std=0.0"),
        ("normal(std=0.5)", "normal(std=0.5)"),
        ("uniform(low=-0.2, high=0.2)", "uniform(low=-0.2, high=0.2)"),
        ("normal(std=0.1, mean=0.5)", "normal(std=0.1, mean=0.5)"),
        ("truncated_normal(std=0.3)", "truncated_normal(std=0."),
        ("orthogonal(gain=3)", "orthogonal(gain=3)"),
        ("gpt2_residual(layers=12)", "gpt2_residual(layers=12)"),
    ],
)
def test_a_distribution_that_no_method_has_is_given_by_its_numbers(init, text):
    layer = nn.Linear(600, 400, bias=False)
    initlab.initialize(layer, init, seed=0)
    row = initlab.audit(layer)["weight"]
    assert row.law.startswith(text)
    assert row.certainty > 0.999


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Linear(40, 30),
        lambda: nn.Conv2d(6, 8, 3, groups=2),
        lambda: nn.ConvTranspose2d(8, 16, 4, 2, 1),
        lambda: nn.Bilinear(10, 20, 30),
        lambda: nn.LSTM(20, 30, proj_size=5),
        lambda: nn.GRUCell(20, 30),
        lambda: nn.MultiheadAttention(32, 4, kdim=20),
        lambda: nn.Embedding(50, 40, padding_idx=3),
    ],
)
def test_pytorchs_defaults_are_known_for_every_layer(make):
    torch.manual_seed(0)
    rows = initlab.audit(make()).rows
    assert any(row.certainty > 0.99 for row in rows if row.family != "constant")
    for row in rows:
        assert row.law in ("torch_default", "0")


def test_an_orthogonal_table_is_known():
    table = nn.Embedding(50, 16)
    nn.init.orthogonal_(table.weight, 3)
    assert initlab.audit(table)["weight"].law == "orthogonal(gain=3)"


def test_gates_that_are_orthogonal_together_or_each_are_known():
    lstm = nn.LSTM(20, 30)
    nn.init.orthogonal_(lstm.weight_hh_l0)
    assert initlab.audit(lstm)["weight_hh_l0"].law == "orthogonal"
    initlab.initialize(lstm, "orthogonal", seed=0)
    assert initlab.audit(lstm)["weight_hh_l0"].law == "orthogonal"


def test_few_numbers_are_not_distinguishable_and_fewer_are_not_judged():
    generator = np.random.default_rng(0)
    few = judged(generator.normal(size=12))
    assert few.certainty < 0.95
    assert few.words.startswith("the distribution may be ")
    assert judged(generator.normal(size=7)).words == "too few numbers to tell the distribution"


def test_the_certainty_is_calibrated():
    """Of the families that get about 70 %, about 70 % are right, the three being equally likely."""
    generator = np.random.default_rng(0)
    right, sure = [], []
    for _ in range(400):
        family = ("normal", "uniform", "truncated_normal")[generator.integers(3)]
        scale = math.exp(generator.normal())
        distribution = {"normal": "normal", "uniform": "uniform(low=-1, high=1)",
               "truncated_normal": "truncated_normal"}[family]  # fmt: skip
        drawn = initlab.draw(distribution, (1, 30), seed=int(generator.integers(2**31)))
        found = judged(drawn * scale, None)
        right.append(found.family == family)
        sure.append(found.certainty)
    assert np.mean(right) == pytest.approx(np.mean(sure), abs=0.07)  # 3 standard errors
    assert 0.4 < np.mean(right) < 0.9


def test_trained_or_mixed_numbers_have_no_distribution():
    generator = np.random.default_rng(0)
    mixed = np.concatenate([generator.normal(size=5000), generator.normal(size=5000) * 5])
    found = judged(mixed)
    assert (found.distribution, found.family) == ("", "")
    assert "no distribution that initlab knows" in found.words


def test_zeros_among_drawn_numbers_do_not_hide_their_distribution():
    numbers = initlab.draw("he_normal", (200, 300), seed=0)
    numbers[::4] = 0
    assert judged(numbers).distribution == "he_normal"


def test_a_few_values_are_listed_with_their_shares():
    assert judged(np.repeat([0.0, 1.0], [30, 10])).distribution == "0 (0.75), 1 (0.25)"


def test_a_std_is_told_from_its_neighbours():
    numbers = initlab.draw("he_normal", (200, 300), seed=0)
    assert judged(numbers * 1.05).distribution != "he_normal"
    assert "he_normal" not in judged(numbers * 1.05).also
    uniform = initlab.draw("torch_default", (200, 300), seed=0)
    assert judged(uniform).distribution == "torch_default"
    assert judged(uniform * 1.002).distribution != "torch_default"


def test_a_method_that_is_registered_later_is_known_at_once():
    from initlab.initializers import registry

    layer = nn.Linear(37, 41)
    initlab.initialize(layer, "normal(std=0.0123)", seed=0)
    assert "odd_std" not in str(initlab.audit(layer))
    try:
        initlab.register("odd_std", family="test", formula="W ~ N(0, 0.0123²)", source="here")(
            lambda fan: Normal(0.0, 0.0123)
        )
        assert initlab.audit(layer)["weight"].law == "odd_std"
    finally:
        registry._entries.pop("odd_std")
        registry._spellings.pop("odd_std")


def test_one_number_may_be_chosen_or_drawn():
    found = judged([0.7239])
    assert (found.distribution, found.certainty, found.words) == ("0.7239", None, "one number")
    assert judged([0.7239] * 2).certainty == 1
