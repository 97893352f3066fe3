"""The declared settings agree with the studies, their records and their helps."""

from __future__ import annotations

import dataclasses
import inspect
import re

import numpy as np
import pytest

from initlab.comparison import prepare
from initlab.comparison.recipes import MODULE, RECIPES
from initlab.networks import DenseNetwork
from initlab.records import Problem, Training
from initlab.records.study import NEEDED, Study
from initlab.records.study import SETTINGS as KEYS
from initlab.settings import SETTINGS, options, settings_of
from initlab.settings.setting import ARRAYS, DATA, EVERY

STATED = [
    (row.name, study, said)
    for row in SETTINGS.values()
    for study, said in re.findall(r"\(default for (circles|curve): ([^;)]+)", row.shell_help)
]


def test_keys_that_every_stored_study_has_keep_their_order():
    first = {*NEEDED, "learning_rates", "module"}
    assert tuple(key for key in KEYS if key in first) == (
        "recipe", "layer_dims", "nonlinearity", "loss", "loss_form", "optimizer", "learning_rate",
        "momentum", "batch_size", "dropout", "steps", "record_every", "dtype", "stream", "inits",
        "bias_init", "seeds", "metric", "threshold", "data", "learning_rates", "module",
    )  # fmt: skip


@pytest.mark.parametrize(("name", "study", "said"), STATED)
def test_a_default_that_a_help_states_is_the_studys(name, study, said):
    value = RECIPES[study].defaults[name]
    shown = f"{value:,}" if isinstance(value, int) else str(value)
    words = ",".join(map(str, value)) if isinstance(value, tuple) else shown
    assert words == said


def test_helps_state_many_defaults():
    assert len(STATED) > 10


@pytest.mark.parametrize(
    "recipe", [*RECIPES.values(), MODULE], ids=lambda one: one.name or "module"
)
def test_a_study_sets_only_what_it_has(recipe):
    assert recipe.kind in EVERY, f"add the kind {recipe.kind} to DENSE, in settings/setting.py"
    assert recipe.settings.keys() <= settings_of(recipe.kind).keys()


NAMED = [one for one in RECIPES.values() if one.kind != ARRAYS]  # which hands everything on


@pytest.mark.parametrize("recipe", NAMED, ids=lambda one: one.name)
def test_what_loads_a_studys_data_takes_its_settings(recipe):
    assert {*recipe.data_arguments, *recipe.finds} <= inspect.signature(
        recipe.load
    ).parameters.keys()


def test_every_setting_that_dense_studies_share_is_a_field_of_what_keeps_it():
    kept = {*Study.model_fields, *Problem.model_fields, *Training.model_fields}
    kept |= {field.name for field in dataclasses.fields(DenseNetwork)}
    missing = [name for name, row in SETTINGS.items() if row.flat and name not in kept]
    assert not missing, f"add {', '.join(missing)} to Training, in records/training.py"


@pytest.mark.parametrize("name", ["circles", "boundary", "curve", "digits", "arrays", "module"])
def test_every_setting_of_a_study_is_stored_with_it(name):
    rows = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    options = {} if name in RECIPES and name != "arrays" else {"data": (rows, np.arange(40) % 2)}
    model = None
    if name == "module":
        model = pytest.importorskip("torch").nn.Linear(3, 2)
    study, _ = prepare(None if options else name, options, model=model)
    settings = study.settings()
    kept = settings.keys() | settings["data"].keys() | settings["module"].keys()
    rows = settings_of((RECIPES.get(name) or MODULE).kind)
    declared = {one for one, row in rows.items() if row.stored and not (model and row.data)}
    assert declared <= kept  # of arrays in memory, a model's study keeps no settings of a file


def test_every_field_of_a_training_is_declared():
    assert Training.model_fields.keys() - {"keep_parameters"} <= SETTINGS.keys()


def test_no_two_options_have_one_name():
    names = [row.parameter for row in options()]
    assert len(names) == len({*names})


@pytest.mark.parametrize("row", SETTINGS.values(), ids=lambda one: one.name)
def test_a_row_is_a_sentence_or_goes_on_in_both_helps(row):
    for more in (row.python, row.shell):
        if more is not None:
            assert f"{row.text} {more}".strip().endswith(".")
    assert row.of or row.heading != DATA
