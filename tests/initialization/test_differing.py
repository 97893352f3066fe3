"""What a parameter held and what it holds now -> how they differ."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch", reason="modules are PyTorch's")

from initlab.initialization.differing import difference  # noqa: E402
from initlab.initialization.fingerprint import Fingerprint  # noqa: E402


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * 0.05


WEIGHT = drawn(60, 40)


def found(now, before=WEIGHT, *, computed=False):
    return difference(Fingerprint.of(before), Fingerprint.of(now), now, computed=computed)


SQUARE = drawn(30, 30)


def with_first(number):
    changed = WEIGHT.clone()
    changed[0, 0] = number
    return changed


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        (WEIGHT.clone(), "as_set"),
        (drawn(60, 40, seed=1), "overwritten"),
        (torch.zeros(60, 40), "overwritten"),
        (WEIGHT * 0.5, "scaled"),
        (-WEIGHT, "scaled"),
        (WEIGHT * 1.001, "scaled"),
        (WEIGHT * (1 + 1e-8) * 3, "scaled"),
        (WEIGHT + drawn(60, 40, seed=1) * 0.01, "trained"),
        (WEIGHT + drawn(60, 40, seed=1), "trained"),  # correlation 0.71
        (WEIGHT + drawn(60, 40, seed=1) * 5, "overwritten"),  # 0.2 of 128 numbers is chance
        (WEIGHT.bfloat16(), "cast"),
        (WEIGHT.bfloat16().float(), "cast"),
        (WEIGHT.half().float(), "cast"),
        (WEIGHT.half().double(), "cast"),
        (WEIGHT.double(), "cast"),
        (with_first(1.0), "partly_changed"),
        (torch.cat([WEIGHT[:40], drawn(20, 40, seed=1)]), "partly_changed"),
        (torch.cat([WEIGHT[:5], drawn(55, 40, seed=1)]), "overwritten"),
        (with_first(math.nan), "not_finite"),
        (with_first(math.inf), "not_finite"),
        (WEIGHT.T.contiguous(), "reshaped"),
        (WEIGHT.reshape(40, 60), "reshaped"),
        (torch.cat([WEIGHT, drawn(3, 40)]), "reshaped"),
        (WEIGHT[:30].clone(), "reshaped"),
        (drawn(7, 40, seed=5), "reshaped"),
    ],
)
def test_every_way_to_differ_has_its_name(now, kind):
    assert found(now).kind == kind


def test_the_factor_of_a_scale_is_found_in_every_dtype():
    for dtype in (torch.float32, torch.float64, torch.bfloat16, torch.float16):
        before = WEIGHT.to(dtype)
        one = found(before * 0.3, before)
        assert one.kind == "scaled"
        assert one.evidence["factor"] == pytest.approx(0.3, rel=1e-2)
    assert found(WEIGHT * 0.7).words == "the same numbers times 0.7"


@pytest.mark.parametrize(
    ("now", "how"),
    [
        (WEIGHT.T.contiguous(), "transposed"),
        (WEIGHT.reshape(40, 60), "same"),
        (torch.cat([WEIGHT, drawn(3, 40)]), "resized"),
        (WEIGHT[:, :11].clone(), "resized"),
        (drawn(7, 40, seed=5), "other numbers"),
        (WEIGHT.reshape(-1)[:99].clone(), "other numbers"),
    ],
)
def test_what_became_of_another_shape_is_said(now, how):
    assert found(now).evidence["how"] == how


def test_a_few_trained_numbers_are_told_by_the_size_of_the_change():
    before = torch.tensor([0.5, -0.2, 0.1])
    assert found(before + 0.01, before).kind == "trained"
    assert found(torch.tensor([0.1, 0.3, -0.4]), before).kind == "overwritten"


def test_numbers_that_are_computed_again_agree_to_rounding():
    again = WEIGHT * (1 + 1e-6)
    assert found(again, computed=True).kind == "as_set"
    assert found(again).kind != "as_set"
    assert found(WEIGHT * 1.01, computed=True).kind == "scaled"


def test_another_draw_is_told_from_training_in_a_thousand_tries():
    kinds = [found(drawn(60, 40, seed=seed)).kind for seed in range(1, 1001)]
    assert kinds.count("overwritten") == 1000


def test_constants_are_named():
    std = f"{float(WEIGHT.std(correction=0)):.4g}"
    assert found(torch.full((60, 40), 2.0)).words == f"all numbers are 2 now; std {std} before"
    before = torch.zeros(60, 40)
    assert found(WEIGHT, before).words == f"std {std} now; all numbers were 0 before"
    assert (
        found(torch.ones(60, 40), before).words
        == "all numbers are 1 now; all numbers were 0 before"
    )


def test_numbers_without_a_sample_are_overwritten_or_as_set():
    whole = torch.arange(5)
    assert found(whole.clone(), whole).kind == "as_set"
    assert found(whole + 1, whole).kind == "overwritten"


def test_a_square_weight_that_was_transposed_is_no_other_draw():
    turned = found(SQUARE.T.contiguous(), SQUARE)
    assert (turned.kind, turned.words) == ("reshaped", "the same numbers, transposed")
    assert turned.evidence == {"how": "transposed"}
    kernel = drawn(3, 4, 4, 3)
    assert found(kernel.permute(3, 2, 1, 0).contiguous(), kernel).kind == "reshaped"
    symmetric = drawn(300, 300) + drawn(300, 300).T
    alike = symmetric.clone()
    alike[7, 250] = 1.0  # not among the 128 numbers that are kept
    assert found(alike, symmetric).kind == "partly_changed"
    assert found(SQUARE.flip(0), SQUARE).evidence == {"how": "permuted"}
    assert found(SQUARE.flip(0) + 1e-3, SQUARE).kind == "overwritten"


def test_a_correlation_of_a_few_numbers_is_no_evidence():
    few = found(torch.tensor([0.3, 0.9]), torch.tensor([-0.5, 0.2]))
    assert few.kind == "overwritten"
    words = "; 2 numbers are too few to tell whether they were drawn again or trained"
    assert few.words.endswith(words)
    many = found(drawn(21, seed=1), drawn(21))
    assert "; the correlation of 21 numbers with their earlier values is " in many.words
    assert many.words.endswith(", so the numbers were drawn again")
