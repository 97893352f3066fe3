import asyncio
import json

import numpy as np
import pytest

from initlab.errors import InitlabError
from initlab.lab.recording import events
from initlab.lab.runs import Recording
from initlab.lab.scene import prepared
from initlab.lab.traced import traced
from initlab.lab.worker import as_json
from initlab.study import expand, run_cell

CURVE = {"study": "curve", "inits": ["W1=1,B1=0,W2=1,B2=0", "normal"], "steps": 60}


def recorded(scene):
    async def made():
        recording = Recording("x", prepared(scene))
        for name, data in events(scene):
            frame = (data["panel"], data["step"]) if name == "frame" else None
            recording.add(name, as_json(data), frame)
        return recording

    return asyncio.run(made())


@pytest.mark.parametrize("scene", [
    CURVE, {**CURVE, "optimizer": "gd", "batch_size": None, "n_samples": 40},  # 32 are trained on
    {"study": "circles", "layer_dims": [2, 3, 1], "inits": ["he_normal"], "steps": 60},
])  # fmt: skip
def test_the_update_after_a_frame_is_the_next_one_of_the_training(scene):
    recording = recorded(scene)
    assert json.loads(recording.log[0][1])["traceable"]
    study, loaded = recording.prepared
    for step in (0, 24, 26, 58):
        shorter = study.replace(training=study.training.replace(steps=step + 1))
        cell = run_cell(expand(shorter, loaded)[0][0], loaded)
        (update,) = traced(recording, 0, step).steps
        assert update.step == step + 1
        after = update.parameters
        for own, name in (("W1", "W1"), ("B2", "b2")):
            np.testing.assert_allclose(after[own].T, cell.parameters[name], rtol=1e-5, atol=1e-7)
        before = traced(recording, 0, step).start["W1"]
        assert not np.array_equal(after["W1"], before)


def test_the_short_batch_at_the_end_of_an_epoch_is_traced_as_it_is():
    recording = recorded({**CURVE, "n_samples": 100, "batch_size": 32})
    assert [traced(recording, 1, step).batch_size for step in (0, 1, 2, 3)] == [32, 32, 16, 32]


@pytest.mark.parametrize(("scene", "words"), [
    ({"study": "circles", "steps": 1}, "at most 30 weights"),
    ({**CURVE, "optimizer": "adam"}, "plain gradient descent"),
    ({**CURVE, "momentum": 0.5}, "plain gradient descent"),
    ({**CURVE, "dropout": 0.5}, "plain gradient descent"),
])  # fmt: skip
def test_what_cannot_be_traced_is_refused(scene, words):
    recording = recorded({**scene, "steps": 1})
    assert not json.loads(recording.log[0][1])["traceable"]
    with pytest.raises(InitlabError, match=words):
        traced(recording, 0, 0)


def test_a_frame_that_there_is_not_is_refused():
    recording = recorded({**CURVE, "steps": 1})
    for panel, step in ((0, 2), (2, 0), (-1, 0)):
        with pytest.raises(InitlabError, match="a step at which this run recorded"):
            traced(recording, panel, step)
