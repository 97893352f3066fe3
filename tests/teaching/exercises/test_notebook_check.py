"""`initlab.exercise` and `initlab.check` as a notebook uses them."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

import initlab
from initlab.teaching.exercises import EXERCISES, catalogue, notebook_check
from initlab.teaching.exercises.exercise import Exercise


def zeros(layers_dims):
    pairs = list(enumerate(zip(layers_dims[1:], layers_dims, strict=False), 1))
    weights = {f"W{k}": np.zeros(shape) for k, shape in pairs}
    return weights | {f"b{k}": np.zeros((m, 1)) for k, (m, _) in pairs}


def test_an_exercise_shows_its_task_as_text_and_as_markdown():
    he = initlab.exercise("he")
    assert "initialize_parameters_he(layers_dims, seed)" in str(he)
    assert "sqrt(2 / layers_dims[l-1])" in repr(he)
    assert he._repr_markdown_().startswith("### Exercise `he`")


@pytest.mark.parametrize("one", EXERCISES.values(), ids=lambda one: one.id)
def test_every_task_names_its_function_and_fits_a_terminal(one):
    assert one.function in one.text
    assert max(len(line) for line in str(one).splitlines()) <= 100


def test_a_misspelt_exercise_is_refused_with_the_nearest():
    with pytest.raises(initlab.ArgumentError, match="Did you mean 'zeros'"):
        initlab.check("zero", zeros)


def test_a_passed_verdict_is_returned_by_require_and_counts_as_true():
    verdict = initlab.check("zeros", zeros)
    assert verdict.require() is verdict
    assert bool(verdict)
    assert str(verdict).startswith("zeros: passed.")


def test_require_raises_with_the_verdicts_own_words():
    verdict = initlab.check("zeros", lambda layers_dims: {})
    with pytest.raises(AssertionError) as caught:
        verdict.require()
    assert str(caught.value) == str(verdict)
    assert "zeros: not passed yet." in str(verdict)


def test_what_is_no_function_is_explained():
    verdict = initlab.check("zeros", zeros([2, 1]))
    assert not verdict.passed
    assert (
        "Pass the function without calling it: initlab.check('zeros', initialize_parameters_zeros)"
        in verdict.hint
    )


def test_an_error_shows_the_learners_own_line():
    def broken(layers_dims):
        return layers_dims[99]  # the line to be shown

    verdict = initlab.check("zeros", broken)
    assert "IndexError" in verdict.got
    assert "return layers_dims[99]  # the line to be shown" in verdict.got
    assert __file__ not in verdict.got


def test_a_keyboard_interrupt_is_not_swallowed():
    def stopped(layers_dims):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        initlab.check("zeros", stopped)


def test_the_global_generator_ends_as_it_began():
    def seeding(layers_dims):
        np.random.seed(3)
        return zeros(layers_dims)

    np.random.seed(12)
    expected = np.random.rand(3)
    np.random.seed(12)
    assert initlab.check("zeros", seeding).passed
    assert (np.random.rand(3) == expected).all()


def test_patched_comparisons_pass_nothing(monkeypatch):
    for name in ("allclose", "array_equal", "isclose"):
        monkeypatch.setattr(np, name, lambda *given, **more: True)
    wrong = {"W1": np.ones((2, 1)), "b1": np.ones((2, 1)), "W2": np.ones((1, 2)),
             "b2": np.ones((1, 1))}  # fmt: skip
    assert not initlab.check("gradient_step", lambda p, x, y, rate: wrong).passed
    assert not initlab.check("zeros", lambda dims: wrong).passed


def test_a_list_that_holds_itself_ends():
    endless = []
    endless.append(endless)
    assert not initlab.check("best_start", lambda results: endless).passed


def test_markdown_shows_a_learners_text_as_text():
    def shouting(results):
        raise ValueError("<script>alert(1)</script> **bold**")

    shown = initlab.check("best_start", shouting)._repr_markdown_()
    assert "<script>" not in shown
    assert "&#60;script&#62;" in shown
    assert "**bold**" not in shown


def test_a_judge_that_breaks_is_no_fault_of_the_learners(monkeypatch):
    def breaks(answers):
        raise ZeroDivisionError("ours")

    zeros_text = EXERCISES["zeros"]
    broken = Exercise("zeros", "", "f", zeros_text.text, zeros_text.calls, breaks)
    monkeypatch.setitem(EXERCISES, "zeros", broken)
    verdict = initlab.check("zeros", zeros)
    assert verdict.checker_failed
    assert "the checker failed, not your answer" in str(verdict)
    assert "ZeroDivisionError: ours" in verdict.got


def test_a_pytorch_layer_may_be_set_in_place():
    pytest.importorskip("torch")

    def weights_init_rule(m):
        y = m.in_features**-0.5
        m.weight.data.uniform_(-y, y)
        m.bias.data.fill_(0)

    assert initlab.check("general_rule", weights_init_rule).passed


@pytest.mark.parametrize("module", [catalogue, notebook_check])
def test_the_examples_print_what_they_say(module):
    done = doctest.testmod(module)
    assert done.attempted
    assert not done.failed
