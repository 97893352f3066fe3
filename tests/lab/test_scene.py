import sys
from dataclasses import replace

import pytest

from initlab.comparison import prepare
from initlab.comparison.recipes import RECIPES
from initlab.errors import ArgumentError
from initlab.lab.guided import GUIDED
from initlab.lab.scene import (
    FIELDS,
    MOST,
    STUDIES,
    completed,
    drawn,
    fields_of,
    prepared,
    scene_of,
)


@pytest.mark.parametrize(
    "scene", [*({"study": name} for name in STUDIES), *(one.scene for one in GUIDED.values())]
)
def test_a_scene_is_completed_to_the_canonical_one_of_its_study(scene):
    canonical = scene_of(prepared(scene)[0])
    assert completed(scene) == canonical
    assert scene_of(prepared(canonical)[0]) == canonical
    assert list(canonical) == ["study", *fields_of(canonical["study"])]


@pytest.mark.parametrize(
    ("study", "dims", "said"),
    [("curve", (1, 4, 1), True), ("curve", (10, 4, 1), False), ("circles", (2, 4, 1), True),
     ("circles", (3, 4, 1), False), ("digits", None, True)],
)  # fmt: skip
def test_a_study_whose_answers_no_picture_shows_is_not_offered(study, dims, said):
    one = RECIPES[study]
    assert drawn(replace(one, settings={**one.settings, "layer_dims": dims})) == said


def test_a_scene_is_the_study_that_compare_makes_of_the_same_arguments():
    scene = {"study": "circles", "inits": ["xavier_normal"], "noise": 0.1, "seed": 7, "steps": 40}
    study, _ = prepared(scene)
    options = {"inits": ["xavier_normal"], "noise": 0.1, "seeds": [7], "steps": 40}
    assert study.to_record() == prepare("circles", options)[0].to_record()
    assert scene_of(study)["inits"] == ["glorot_normal"]


def test_what_is_null_takes_the_value_of_the_study():
    scene = dict.fromkeys(fields_of("circles")) | {"study": "circles"}
    assert scene_of(prepared(scene)[0]) == completed({"study": "circles"})


@pytest.mark.parametrize(("field", "most"), [
    ("inits", ["zeros", "ones", "normal", "he_normal"]), ("layer_dims", [2, 64, 1, 1, 1, 1, 1]),
    ("steps", 30_000), ("n_train", 1_000),
])  # fmt: skip
def test_the_largest_scene_is_taken_and_a_larger_one_refused(field, most):
    assert scene_of(prepared({field: most})[0])[field] == most
    larger = [*most[:-1], 1, most[-1]] if field == "layer_dims" else most
    larger = [*most, "orthogonal"] if field == "inits" else larger
    larger = most + 1 if isinstance(most, int) else larger
    with pytest.raises(ArgumentError) as refused:
        prepared({field: larger})
    assert refused.value.argument == field


def test_a_hidden_layer_has_a_largest_width_and_the_input_none():
    with pytest.raises(ArgumentError, match="layer_dims must be an integer from 1 to 64; got 65"):
        prepared({"layer_dims": [2, 65, 1]})
    assert MOST["width"] == 64


@pytest.mark.parametrize("init", [
    "planted_module:make", "planted_module.py:make", "he_normal; *=planted_module:make",
    "he_normal; role:head=planted_module:make", "role:planted", "recipe:planted",
    "role:head=role:planted=1", "zeros;role: planted_module:make",
])  # fmt: skip
def test_no_init_of_a_page_imports_anything(init, tmp_path, monkeypatch):
    for name in ("planted_module", "role", "recipe"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ArgumentError) as refused:
        prepared({"inits": [init]})
    assert refused.value.argument == "inits"
    assert not {"planted_module", "role", "recipe"} & sys.modules.keys()


def test_rules_of_roles_are_taken():
    scene = scene_of(prepared({"inits": ["he_normal; role:head=zeros"]})[0])
    assert scene["inits"] == ["he_normal; role:head=0"]


@pytest.mark.parametrize("scene", [
    None, [], "circles", 3, {"study": None, "seed": []}, {"study": {}}, {"inits": [1]},
    {"inits": None, "steps": "1"}, {"learning_rate": [0.1, 0.2]}, {"learning_rate": {"zeros": 1}},
    {"layer_dims": "2,1"}, {"layer_dims": [2, None, 1]}, {"layer_dims": [3, 1]}, {"batch_size": 3},
    {"n_samples": 10}, {1: 2}, {"momentum": 0.9}, {"stream": "mine"}, {"seed": 1.5},
    {"stream": "default", "seed": 2**53},
])  # fmt: skip
def test_what_is_no_scene_is_refused_in_a_sentence(scene):
    with pytest.raises(ArgumentError):
        prepared(scene)


def test_every_field_is_an_argument_of_compare_but_the_seed():
    from initlab.settings import SETTINGS

    assert {*FIELDS} - {*SETTINGS} == set()
    assert "digits" in STUDIES
    assert "mnist" not in STUDIES
