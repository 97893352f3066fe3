"""Scripts of an older initlab still run, and are told what is called otherwise now."""

from __future__ import annotations

import pytest

import initlab


@pytest.fixture(scope="module")
def result():
    return initlab.compare("circles", inits=["zeros"], steps=10, progress=False)


def test_record_is_the_analysis_and_warns(result):
    with pytest.warns(DeprecationWarning, match=r"result\.record is now result\.analysis"):
        assert result.record is result.analysis


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("layer_dims", (2, 10, 5, 1)), ("steps", 10), ("learning_rate", 0.01),
        ("recipe", "circles"),
        ("nonlinearity", "relu"), ("loss", "binary_cross_entropy"),
        ("module", {}), ("threshold", 0.3), ("optimizer", "gd"),
    ],
)  # fmt: skip
def test_settings_of_a_study_are_found_under_their_old_names(result, name, value):
    with pytest.warns(DeprecationWarning, match=rf"study\.{name} is now study\.settings"):
        assert getattr(result.study, name) == value


def test_an_unknown_name_is_no_setting(result):
    with pytest.raises(AttributeError, match="step_count"):
        _ = result.study.step_count
