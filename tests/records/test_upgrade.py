"""A document of schema 1 becomes one of today's, and every other schema is refused."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from initlab.analysis import Analysis
from initlab.errors import StudyError
from initlab.records.upgrade import SCHEMA, upgraded

STORED = Path(__file__).parents[1] / "goldens" / "stored"  # files that an initlab 0.x wrote


def dense() -> dict[str, Any]:
    return dict(json.loads((STORED / "dense_study.json").read_text()))


def module() -> dict[str, Any]:
    return dict(json.loads((STORED / "module_study.json").read_text()))


def test_the_files_are_of_schema_1_one_with_two_rates_one_with_one() -> None:
    assert (dense()["schema"], module()["schema"], SCHEMA) == (1, 1, 2)
    assert (len(dense()["study"]["learning_rates"]), module()["study"]["learning_rates"]) == (2, [])


@pytest.mark.parametrize("read", [dense, module])
def test_nothing_that_was_kept_is_lost_or_changed(read: Any) -> None:
    before, after = read(), upgraded(read(), "study.json")
    assert after["schema"] == 2
    assert before["study"].items() <= after["study"].items()
    for old, new in zip(before["cells"], after["cells"], strict=True):
        known = {key: value for key, value in old.items() if key != "learning_rate"}
        assert known.items() <= new.items()
    for key in before.keys() - {"schema", "study", "cells"}:
        assert after[key] == before[key]


@pytest.mark.parametrize("read", [dense, module])
def test_the_document_given_is_not_changed(read: Any) -> None:
    record = read()
    kept = copy.deepcopy(record)
    upgraded(record, "study.json")
    assert record == kept


def test_scores_and_curves_are_named_from_the_first_cell() -> None:
    study = upgraded(dense(), "study.json")["study"]
    assert study["metrics"] == [
        "train_loss", "validation_loss", "train_r2", "validation_r2",
        "train_document_accuracy", "validation_document_accuracy",
    ]  # fmt: skip
    assert study["curve"] == [
        "train_loss", "validation_loss", "train_document_accuracy", "validation_document_accuracy",
    ]  # fmt: skip


def test_parameters_were_kept_where_units_were_counted_along_the_curve() -> None:
    assert upgraded(dense(), "study.json")["study"]["keep_parameters"] is True
    assert upgraded(module(), "study.json")["study"]["keep_parameters"] is False


def test_every_cell_names_its_rate_its_engine_and_its_platform() -> None:
    for record in (dense(), module()):
        cells = upgraded(record, "study.json")["cells"]
        assert {cell["engine"] for cell in cells} == {record["engine"]}
        assert {cell["platform"] for cell in cells} == {record["platform"]}
    assert {cell["learning_rate"] for cell in cells} == {module()["study"]["learning_rate"]}
    chosen = {(one["init"], one["learning_rate"]) for one in dense()["rates"] if one["chosen"]}
    cells = upgraded(dense(), "study.json")["cells"]
    assert {(cell["init"], cell["learning_rate"]) for cell in cells} == chosen


def test_cells_at_other_rates_were_not_kept_where_there_are_several_and_are_none_at_one() -> None:
    assert upgraded(dense(), "study.json")["cells_at_other_rates"] is None
    assert upgraded(module(), "study.json")["cells_at_other_rates"] == []


@pytest.mark.parametrize("read", [dense, module])
def test_an_analysis_of_it_shows_what_the_old_one_showed(read: Any) -> None:
    old, analysis = read(), Analysis.from_record(read())
    assert analysis.complete
    for name in ("pairs", "mean_difference"):
        shown = [getattr(d, name) for d in analysis.differences]
        assert shown == [d[name] for d in old["differences"]]
    unknown = {"median": None}  # it kept means alone
    assert [rate.to_record() for rate in analysis.rates] == [{**r, **unknown} for r in old["rates"]]
    again = Analysis.from_record(analysis.to_record())
    assert again == analysis
    assert again.verdict == analysis.verdict


def test_an_edited_document_of_schema_1_is_noticed() -> None:
    record = dense()
    record["cells"][0]["train_loss"] = 0.0
    with pytest.raises(StudyError, match=r"^old\.json was edited"):
        Analysis.from_record(record, source="old.json")


def test_todays_document_stays_as_it_is() -> None:
    record = upgraded(dense(), "study.json")
    assert upgraded(record, "study.json") == record


@pytest.mark.parametrize(
    ("versions", "words", "wanted"),
    [
        ({"initlab": "0.9.0"}, "initlab 0.9.0", "initlab 0.9.0 or later"),
        ({}, "a newer initlab", "a newer initlab"),
        (3, "a newer initlab", "a newer initlab"),
    ],
)
def test_a_newer_schema_names_what_to_install(versions: Any, words: str, wanted: str) -> None:
    record = {"schema": 3, "study": 1, "cells": 2, "versions": versions}
    with pytest.raises(StudyError) as caught:
        upgraded(record, "study.json")
    assert str(caught.value) == (
        f"study.json was written by {words} and has schema 3, but this initlab reads only "
        f"schemas up to 2. Install {wanted}."
    )


@pytest.mark.parametrize("schema", [0, -1, True, "1", 1.0, None])
def test_a_schema_that_never_was_is_refused(schema: Any) -> None:
    with pytest.raises(StudyError, match=r"^schema must be an integer from 1 to 2; got"):
        upgraded({**dense(), "schema": schema}, "study.json")


@pytest.mark.parametrize("record", [[], 3, None, {}, {"schema": 1, "study": {}}])
def test_what_is_no_study_is_refused(record: Any) -> None:
    with pytest.raises(StudyError, match=r"^x\.json is not a study that initlab wrote\.$"):
        upgraded(record, "x.json")


@pytest.mark.parametrize(
    "change",
    [{"study": []}, {"cells": {}}, {"cells": [3]}, {"cells": [{}]}, {"study": {}}, {"cells": []}],
)
def test_wrong_parts_are_left_for_the_reader_to_name(change: dict[str, Any]) -> None:
    record = {**dense(), **change}
    del record["checksum"]
    assert upgraded(record, "study.json")["schema"] == 2
    with pytest.raises(StudyError):
        Analysis.from_record(record)
