"""The key of a cell: the same for the same numbers, another for every field that decides them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from initlab.errors import StudyError
from initlab.networks import DenseNetwork
from initlab.records import CellSpec, ModuleNetwork, Problem, Record, Training
from initlab.study import expand
from initlab.study.dense_problem import DenseProblem

from ..analysis.making import HE, TEN, ZEROS, a_study


def a_spec(**changes: Any) -> CellSpec:
    problem = Problem(
        recipe="circles",
        data={"n_train": 300, "noise": 0.05},
        digest="d" * 64,
        network=DenseNetwork((2, 10, 5, 1)),
        metrics=("train_loss", "test_accuracy"),
    )
    fields: dict[str, Any] = {
        "problem": problem,
        "training": Training(optimizer="sgd", batch_size=10, steps=20),
        "init": HE,
        "seed": 3,
        "stream": "course",
        "engine": "dense, compiled",
        "versions": {"numpy": "2.0", "initlab numerics": "1"},
    }
    return CellSpec(**{**fields, **changes})


MODULE = ModuleNetwork(model="net:Net", parameters=47, outputs=2, loss="cross_entropy")
OF_CELL = {
    "init": TEN,
    "bias_init": ZEROS,
    "seed": 4,
    "stream": "default",
    "engine": "torch, cpu",
    "versions": {"numpy": "2.1", "initlab numerics": "1"},
    "block": (0, 8),
}
OF_TRAINING = {
    "optimizer": "adam",
    "optimizer_arguments": {"eps": 1e-6},
    "learning_rate": 0.02,
    "momentum": 0.5,
    "batch_size": 11,
    "dropout": 0.1,
    "clip_norm": 1.0,
    "steps": 21,
    "record_every": 99,
    "dtype": "float32",
    "threshold": 0.2,
    "keep_parameters": True,
}
OF_PROBLEM = {
    "recipe": "curve",
    "data": {"n_train": 300, "noise": 0.06},
    "digest": "e" * 64,
    "network": DenseNetwork((2, 10, 5, 1), "gelu"),
    "metrics": ("train_loss",),
    "curve": ("train_loss", "test_loss"),
    "unnamed": ("data",),
}
OF_NETWORK = {
    "layer_dims": (2, 10, 6, 1),
    "nonlinearity": "tanh",
    "loss": "half_mean_squared_error",
    "loss_form": "probability",
}
OF_MODULE = {
    "model": "net:Other",
    "parameters": 48,
    "outputs": 3,
    "loss": "mse",
    "asked": {"loss": "mine:loss"},
    "sources": {"net.py": "f" * 64},
    "biases": ("head.bias",),
    "dense": DenseNetwork((3, 4, 1)),
}


def fields_of(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in type(record).model_fields}


def changed(place: str, name: str, value: Any) -> CellSpec:
    """Return the specification with one field changed, at whatever depth."""
    one = a_spec()
    if place == "cell":
        return a_spec(**{name: value})
    if place == "training":
        return a_spec(training=Training(**{**fields_of(one.training), name: value}))
    if place == "network":
        network = {**vars(one.problem.network), name: value}
        return a_spec(
            problem=Problem(**{**fields_of(one.problem), "network": DenseNetwork(**network)})
        )
    return a_spec(problem=Problem(**{**fields_of(one.problem), name: value}))


def changes() -> list[tuple[str, str, Any]]:
    places: dict[str, Mapping[str, Any]] = {
        "cell": OF_CELL, "training": OF_TRAINING, "problem": OF_PROBLEM, "network": OF_NETWORK,
    }  # fmt: skip
    return [(place, name, value) for place, own in places.items() for name, value in own.items()]


@pytest.mark.parametrize(("place", "name", "value"), changes(), ids=lambda part: str(part)[:20])
def test_the_key_changes_with_every_field(place: str, name: str, value: Any) -> None:
    assert changed(place, name, value).key != a_spec().key


@pytest.mark.parametrize("name", OF_MODULE)
def test_the_key_changes_with_every_field_of_a_module(name: str) -> None:
    before = a_spec(problem=a_spec().problem.replace(network=MODULE))
    network = ModuleNetwork(**{**fields_of(MODULE), name: OF_MODULE[name]})
    after = a_spec(problem=a_spec().problem.replace(network=network))
    assert before.key != after.key


def test_every_field_of_every_part_is_among_those_changed() -> None:
    assert {*OF_CELL, "problem", "training"} == set(CellSpec.model_fields)
    missing = sorted({*Training.model_fields} - {*OF_TRAINING})
    assert not missing, f"add another value of {', '.join(missing)} to OF_TRAINING, above"
    assert set(OF_TRAINING) == set(Training.model_fields)
    assert set(OF_PROBLEM) == set(Problem.model_fields)
    assert set(OF_NETWORK) == set(vars(DenseNetwork((2, 1))))
    assert {*OF_MODULE, "kind"} == set(ModuleNetwork.model_fields)


def test_no_two_of_these_changes_share_a_key() -> None:
    keys = [changed(*one).key for one in changes()]
    assert len(set(keys)) == len(keys)


def test_the_key_is_the_sha256_of_the_sorted_compact_json() -> None:
    one = a_spec()
    text = json.dumps(one.to_record(), sort_keys=True, separators=(",", ":"))
    assert one.key == hashlib.sha256(text.encode("ascii")).hexdigest()


def test_the_key_does_not_depend_on_the_order_of_the_fields() -> None:
    def reversed_(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {key: reversed_(item) for key, item in reversed(value.items())}

    record = json.loads(json.dumps(reversed_(a_spec().to_record())))
    assert next(iter(record)) != next(iter(a_spec().to_record()))
    assert CellSpec.from_record(record).key == a_spec().key


def test_a_specification_comes_back_through_json() -> None:
    for one in (a_spec(), a_spec(problem=a_spec().problem.replace(network=MODULE), block=(8, 8))):
        read = CellSpec.from_record(json.loads(json.dumps(one.to_record())))
        assert read == one
        assert read.key == one.key


def test_the_key_is_the_same_in_a_fresh_process() -> None:
    code = (
        "import json, sys; from initlab.records import CellSpec; "
        "print(CellSpec.from_record(json.load(sys.stdin)).key)"
    )
    for hash_seed in ("1", "2"):  # sets and the like come in another order
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(a_spec().to_record()),
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == a_spec().key


def test_a_key_that_was_asked_for_is_not_kept_by_a_changed_specification() -> None:
    one = a_spec()
    assert one.key
    assert one.replace(seed=4).key == a_spec(seed=4).key
    training = one.training.replace(learning_rate=0.02)
    assert one.replace(training=training).key == changed("training", "learning_rate", 0.02).key


def keys_of(**settings: Any) -> dict[tuple[str, int], str]:
    study = a_study(steps=2, **settings)
    specs = [spec for block in expand(study, DenseProblem(study.problem, None)) for spec in block]
    return {(spec.init, spec.seed): spec.key for spec in specs}


def test_the_studys_other_inits_and_seeds_do_not_change_a_key() -> None:
    alone = keys_of(inits=(HE,), seeds=(3,))
    among = keys_of(inits=(ZEROS, TEN, HE), seeds=(7, 3, 0))
    assert alone[HE, 3] == among[HE, 3]
    assert len(set(among.values())) == 9


def test_neither_the_ranking_nor_the_defaults_of_a_study_change_a_key() -> None:
    changed = keys_of(inits=(HE,), metric="test_loss", defaults={"steps": 10})
    assert changed == keys_of(inits=(HE,))


def test_a_rate_has_the_same_key_whatever_other_rates_the_study_has() -> None:
    study = a_study(inits=(HE,), learning_rates=(0.1, 0.02), steps=2)
    blocks = expand(study, DenseProblem(study.problem, None))
    keys = {spec.training.learning_rate: spec.key for (spec,) in blocks}
    for rate, key in keys.items():
        assert keys_of(inits=(HE,), learning_rate=rate)[HE, 3] == key


def test_a_specification_with_something_unnamed_is_not_reusable() -> None:
    assert a_spec().reusable
    assert not changed("problem", "unnamed", ("model",)).reusable


def test_a_wrong_entry_is_refused_by_key_path() -> None:
    record = a_spec().to_record()
    record["problem"]["recipe"] = 3
    with pytest.raises(StudyError, match=r"^spec\.problem\.recipe must be a string; got 3\.$"):
        CellSpec.from_record(record, "spec")
    with pytest.raises(StudyError, match=r"^spec\.seed must be an integer >= 0; got -1\.$"):
        CellSpec.from_record({**a_spec().to_record(), "seed": -1}, "spec")
