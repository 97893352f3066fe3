"""Settings read back build the same study; wrong ones are refused by key path."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initlab.errors import ArgumentError, StudyError
from initlab.records import Study
from initlab.study.store.stored_study import given_name

from ..analysis.making import a_study


@given(
    rate=st.floats(0, 1e6, exclude_min=True),
    seeds=st.lists(st.integers(0, 2**63 - 1), max_size=4).map(tuple),
    batch=st.one_of(st.none(), st.integers(1, 100)),
    data=st.dictionaries(st.text(), st.one_of(st.none(), st.booleans(), st.text(), st.integers())),
)
def test_a_study_comes_back_through_json(
    rate: float, seeds: tuple[int, ...], batch: int | None, data: dict[str, Any]
) -> None:
    study = a_study(learning_rate=rate, seeds=seeds, batch_size=batch, data=data)
    assert Study.from_record(json.loads(json.dumps(study.to_record()))) == study


def test_tuples_among_the_defaults_do_not_make_another_study_of_it() -> None:
    study = a_study(defaults={"layer_dims": (2, 1), "optimizer_arguments": {"betas": (0.9, 0.99)}})
    assert Study.from_record(json.loads(json.dumps(study.to_record()))) == study


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 1.5}, "study.steps must be an integer"),
        ({"learning_rate": "fast"}, "study.learning_rate must be a finite number"),
        ({"inits": "zeros"}, "study.inits must be a list"),
        ({"layer_dims": [2, None]}, r"study.layer_dims\[1\] must be"),
        ({"data": {"noise": {}}}, "study.data.noise must be"),
        ({"colour": 1}, "study.colour is not a key"),
    ],
)
def test_a_wrong_setting_is_refused_by_key_path(change: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        Study.from_record({**a_study().to_record(), **change})


@pytest.mark.parametrize("inits", [("zeros",), ("zeros", "he_normal", "ones")])
def test_own_rates_of_other_inits_than_the_studys_are_refused(inits: tuple[str, ...]) -> None:
    own = {"zeros": 0.1, "he_normal": 0.01}
    study = a_study(inits=tuple(own), learning_rates=own)
    assert (study.rates, study.every_rate) == ((0.01,), (0.1, 0.01))
    words = rf"study\.learning_rates must be one rate for each init of the study \({inits[0]}"
    with pytest.raises(StudyError, match=words):
        Study.from_record({**study.to_record(), "inits": inits})


def test_the_biases_of_a_module_come_back_and_older_files_have_none() -> None:
    module = {"model": "net:Net", "parameters": 9, "outputs": 1}
    record = {**a_study().to_record(), "layer_dims": [], "module": module, "biases": ["shift"]}
    study = Study.from_record(record)
    assert Study.from_record(json.loads(json.dumps(study.to_record()))) == study
    del record["biases"]
    old = Study.from_record(record)
    assert given_name(old, {}) == given_name(study, {})
    assert "biases" not in old.to_record()


def test_the_place_of_a_cell_at_a_rate_that_the_study_does_not_have_is_not_known() -> None:
    place = a_study(learning_rates=(0.1, 0.01)).places()
    assert place("zeros", 3, 0.01) == (1, 0, 0)
    with pytest.raises(KeyError):
        place("zeros", 3, 0.5)


def test_a_missing_setting_is_refused_by_key_path() -> None:
    record = a_study().to_record()
    del record["stream"]
    with pytest.raises(StudyError, match=r"study\.stream is missing"):
        Study.from_record(record)


def test_a_setting_that_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"data\.noise must be a finite number"):
        a_study(data={"noise": math.nan}).to_record()
