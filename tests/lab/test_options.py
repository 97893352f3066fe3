import pytest

from initlab.lab.guided import GUIDED
from initlab.lab.options import options
from initlab.lab.scene import STUDIES, completed, prepared, scene_of
from initlab.study import expand

OFFERED = options("en", completed({}))


@pytest.mark.parametrize("init", [row["name"] for row in OFFERED["inits"]])
def test_every_init_offered_can_be_trained(init):
    scene = {"study": "circles", "layer_dims": [2, 4, 4, 1], "inits": [init]}
    if init == "block_orthogonal":
        scene["inits"] = ["block_orthogonal(blocks=2); W3=orthogonal"]
    if init in ("gaussian_submatrix", "looks_linear"):
        scene["inits"] = [f"{init}; W3=he_normal"]
    study, loaded = prepared(scene)
    assert {*loaded.draw(expand(study, loaded)[0][0])} == {"W1", "b1", "W2", "b2", "W3", "b3"}


def test_an_init_is_described():
    rows = {row["name"]: row for row in OFFERED["inits"]}
    assert rows["he_normal"].keys() == {"name", "formula", "paper", "summary", "family"}
    assert "edge_of_chaos(nonlinearity='tanh')" in rows
    assert "fixup" not in rows
    assert "chrono" not in rows


def test_studies_and_guided_scenes_are_offered_as_scenes():
    assert [row["name"] for row in OFFERED["studies"]] == list(STUDIES)
    for row in [*OFFERED["studies"], *OFFERED["guided"]]:
        assert row["title"] != row["name"]
        assert row["scene"] == scene_of(prepared(row["scene"])[0])
    tasks = {row["name"]: (row["task"], row["inputs"]) for row in OFFERED["studies"]}
    assert tasks["circles"] == ("binary", 2)
    assert tasks["curve"] == ("regression", 1)
    assert tasks["digits"] == ("classes", 64)


def test_a_guided_scene_has_three_sentences():
    assert len(GUIDED) == 8
    for one in OFFERED["guided"]:
        assert len(one["sentences"]) == 3
        assert all(sentence.endswith(".") for sentence in one["sentences"])
