import base64
import math

import numpy as np
import pytest

from initlab.diagnosis.dense import measure_dense
from initlab.lab.frame import Camera, number, steps_of_frames
from initlab.lab.scene import prepared
from initlab.networks.forward import layers, predict
from initlab.study import expand


def shot(**scene):
    study, loaded = prepared(scene)
    camera = Camera(study.problem.dense, loaded.dataset, "accuracy" if "n" not in scene else None)
    network = loaded.draw(expand(study, loaded)[0][0])
    return camera, network, camera.frame(network)


def unpacked(text, kind):
    return np.frombuffer(base64.b64decode(text), kind)


def test_bars_are_those_of_the_diagnosis():
    camera, network, frame = shot(study="circles", inits=["he_normal"], n_train=200)
    measured = measure_dense(camera.network, network, camera.data.x_train, camera.data.y_train)
    for shown, layer in zip(frame["layers"], measured.layers, strict=True):
        assert shown["q"] == pytest.approx(layer.q.value, rel=1e-3)
        assert shown["g"] == pytest.approx(layer.g.value, rel=1e-3)
        assert shown["c"] == pytest.approx(layer.c.value, rel=1e-3, abs=1e-3)
        assert shown["distinct"] == layer.distinct
        assert shown["dead"] == layer.dead
    assert frame["loss"] == pytest.approx(measured.loss, rel=1e-3)


def test_equal_units_are_grouped():
    _, _, frame = shot(study="circles", inits=["zeros"])
    assert [layer["groups"] for layer in frame["layers"]] == [[[*range(10)]], [[*range(5)]], []]
    assert [layer["distinct"] for layer in frame["layers"]] == [1, 1, 1]


def test_the_answer_is_the_probability_over_the_plane_from_below():
    camera, network, frame = shot(study="circles", inits=["he_normal"])
    shown = unpacked(frame["answer"], np.uint8).reshape(50, 50)
    low, high, bottom, top = camera.extent
    for row, column in ((0, 0), (0, 49), (49, 0), (31, 17)):
        point = [[low + (high - low) * column / 49, bottom + (top - bottom) * row / 49]]
        p = predict(camera.network, network, np.array(point))[0, 0]
        assert shown[row, column] == round(255 * p)
    assert len(np.unique(shown)) > 20


def test_maps_of_units_run_from_their_least_to_their_largest():
    camera, network, frame = shot(study="circles", inits=["he_normal"])
    first = unpacked(frame["layers"][0]["units"], np.uint8).reshape(10, 20, 20)
    low, high, bottom, top = camera.extent
    grid = np.array(
        [[x, y] for y in np.linspace(bottom, top, 20) for x in np.linspace(low, high, 20)]
    )
    a = layers(camera.network, network, grid).a[0].T
    scaled = 255 * (a - a.min(axis=1, keepdims=True)) / np.ptp(a, axis=1)[:, np.newaxis]
    assert (first.reshape(10, 400) == np.rint(scaled)).all()
    assert frame["layers"][-1]["units"] is None
    _, _, dead = shot(study="circles", inits=["zeros"])
    assert (unpacked(dead["layers"][0]["units"], np.uint8) == 128).all()


def test_maps_of_many_units_are_coarse_and_of_more_there_are_none():
    for dims, side in (([2, 20, 20, 1], 20), ([2, 20, 21, 1], 8), ([2, 50, 50, 1], 8)):
        _, _, frame = shot(study="circles", inits=["he_normal"], layer_dims=dims)
        maps = base64.b64decode(frame["layers"][1]["units"])
        assert len(maps) == dims[2] * side**2
    _, _, frame = shot(study="circles", inits=["he_normal"], layer_dims=[2, 50, 51, 1])
    assert [layer["units"] for layer in frame["layers"]] == [None] * 3


def test_weights_are_those_of_the_network_layer_by_layer():
    _, network, frame = shot(study="circles", inits=["he_normal; role:bias=0.5"])
    flat = np.concatenate([network[name].ravel() for name in ("W1", "b1", "W2", "b2", "W3", "b3")])
    assert (unpacked(frame["weights"], "<f4") == flat.astype("f4")).all()
    _, _, large = shot(study="circles", inits=["zeros"], layer_dims=[2, 44, 42, 1])
    assert large["weights"] is None


def test_a_curve_is_answered_by_numbers_and_classes_by_a_table():
    camera, network, frame = shot(study="curve", inits=["normal"], n_samples=100)
    low, high, bottom, top = camera.extent
    line = np.linspace(low, high, 200)[:, np.newaxis]
    assert (
        unpacked(frame["answer"], "<f4")
        == predict(camera.network, network, line)[:, 0].astype("f4")
    ).all()
    assert (bottom, top) == (camera.data.y_train.min(), camera.data.y_train.max())
    assert unpacked(frame["layers"][0]["units"], "<f4").shape == (2 * 60,)
    camera, network, frame = shot(study="digits", inits=["he_normal"])
    table = unpacked(frame["answer"], "<u4").reshape(10, 10)
    assert table.sum() == len(camera.data.y_train)
    assert np.trace(table) / table.sum() == pytest.approx(frame["score"], rel=1e-3)
    assert camera.extent is None


def test_what_overflows_is_shown_as_what_it_is():
    _, _, frame = shot(study="circles", inits=["normal(std=1e160)"])
    assert frame["layers"][1]["q"] in ("inf", None)
    _, _, frame = shot(study="circles", inits=["normal(std=10)"])
    assert frame["loss"] == "inf"


@pytest.mark.parametrize("steps", [0, 1, 7, 119, 120, 121, 15_000, 30_000])
def test_frames_begin_and_end_with_the_training_and_come_close_together_first(steps):
    found = steps_of_frames(steps)
    assert (found[0], found[-1]) == (0, steps)
    assert len(found) <= 120
    assert sorted({*found}) == list(found)
    if steps > 1_000:
        gaps = np.diff(found)
        assert gaps[0] <= 2
        assert gaps[-1] > 50 * steps / 15_000


def test_numbers_are_short_and_of_json():
    assert [number(one) for one in (0.123456, math.inf, -math.inf, math.nan, None, 0.0)] == [
        0.1235, "inf", "-inf", "nan", None, 0.0,
    ]  # fmt: skip
