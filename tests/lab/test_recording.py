import json
import math
from itertools import pairwise

import numpy as np
import pytest

import initlab
from initlab.errors import InitlabError
from initlab.lab import recording
from initlab.lab.guided import GUIDED
from initlab.lab.recording import FILE, events, seed_events
from initlab.lab.scene import completed, prepared
from initlab.lab.words import WORDS
from initlab.study import CellDone, Compiling, Frame

SHORT = {"study": "circles", "steps": 300, "inits": ["zeros", "he_normal"], "seed": 3}


def named(found, name):
    return [data for kind, data in found if kind == name]


@pytest.fixture(scope="module")
def found():
    return list(events(SHORT))


def test_events_come_in_their_order(found):
    kinds = [name for name, _ in found]
    assert kinds[0] == "begin"
    assert kinds[-2:] == ["end", FILE]
    assert kinds.count("done") == 2
    for panel in (0, 1):
        own = [(name, data) for name, data in found if data.get("panel") == panel]
        assert [data["step"] for name, data in own if name == "frame"] == found[0][1]["frames"]
        assert own[-1][0] == "done"


def test_the_beginning_says_what_is_trained(found):
    begin = found[0][1]
    assert begin["scene"] == completed(SHORT)
    assert begin["command"].startswith("initlab compare circles --init zeros --init he_normal")
    assert begin["task"] == "binary"
    assert begin["chance"] == pytest.approx(math.log(2))
    assert not begin["traceable"]
    assert [layer["name"] for layer in begin["layers"]] == ["W1", "W2", "W3"]
    assert [layer["nonlinearity"] for layer in begin["layers"]] == ["relu", "relu", "sigmoid"]
    assert len(begin["data"]["x"]) == len(begin["data"]["y"]) == 300
    zeros, he = begin["panels"]
    assert zeros["histogram"]["density"] is None
    assert zeros["colour"] != he["colour"]
    assert he["paper"].startswith("He")
    edges, counts = he["histogram"]["edges"], he["histogram"]["counts"]
    assert (len(edges), len(counts), sum(counts)) == (31, 30, 50)
    x, density = np.array(he["histogram"]["density"]).T
    assert density == pytest.approx(np.exp(-5 * x * x / 2) * math.sqrt(5 / (2 * math.pi)), rel=1e-2)


def test_frames_and_scores_are_those_of_compare(found):
    result = initlab.compare(
        "circles", inits=["zeros", "he_normal"], seeds=[3], steps=300, progress=False
    )
    for cell, done in zip(
        result.cells, sorted(named(found, "done"), key=lambda d: d["panel"]), strict=True
    ):
        assert done["metrics"] == pytest.approx(dict(cell.metrics), rel=1e-3)
        last = [one for one in named(found, "frame") if one["panel"] == done["panel"]][-1]
        assert last["loss"] == pytest.approx(cell.metrics["train_loss"], rel=1e-3)
        assert last["score"] == pytest.approx(cell.metrics["train_accuracy"], rel=1e-3)
    kept = json.loads(named(found, FILE)[0]["text"])
    assert kept["study"] == result.study.to_record()


class Told:
    """A run whose events are all there."""

    def __init__(self, events):
        self.events = list(events)

    @property
    def pending(self):
        return bool(self.events)

    def __next__(self):
        if not self.events:
            raise StopIteration
        return self.events.pop(0)


def test_no_panel_waits_for_the_frames_of_another():
    frames = [Frame(spec=panel, step=step, parameters={}) for panel in "ab" for step in range(3)]
    done = [CellDone(spec=panel, cell=None) for panel in "ab"]
    told = [*frames[:3], done[0], Compiling(), *frames[3:], done[1]]
    found = list(recording._early_steps_first(Told(told)))
    assert found[0] == Compiling()
    assert [(one.step, one.spec) for one in found[1:7]] == [
        (0, "a"), (0, "b"), (1, "a"), (1, "b"), (2, "a"), (2, "b"),
    ]  # fmt: skip
    assert found[7:] == done


def test_playing_again_gives_the_same_bits(found):
    again = list(events(SHORT))
    assert {json.dumps(one) for one in named(again, "frame")} == {
        json.dumps(one) for one in named(found, "frame")
    }


def test_every_event_is_json_without_nan():
    for name, data in events({"inits": ["normal(std=1e160)"], "steps": 10}):
        assert name == FILE or json.dumps(data, allow_nan=False)


def test_a_diverged_run_is_told():
    found = list(
        events({"study": "curve", "inits": ["normal"], "learning_rate": 1e3, "steps": 999})
    )
    done = named(found, "done")[0]
    assert done["outcome"] == "diverged"
    assert done["diverged_step"] is not None
    assert "diverged" in done["sentence"]


def test_seeds_are_the_study_of_compare():
    found = list(seed_events(SHORT, 7))
    result = initlab.compare(
        "circles", inits=["zeros", "he_normal"], seeds=7, steps=300, progress=False
    )
    verdict = named(found, "verdict")[0]
    assert verdict["headline"] == str(result.verdict)
    assert verdict["evidence"] == result.verdict.evidence
    assert verdict["next"] == result.verdict.next
    assert verdict["better"] == "higher"
    assert [row["init"] for row in verdict["inits"]] == ["zeros", "he_normal"]
    scores = {(one["init"], one["seed"]): one["score"] for one in named(found, "seed")}
    assert scores == {(c.init, c.seed): c.metrics["test_accuracy"] for c in result.cells}
    assert verdict["best"] == list(result.verdict.best)
    assert verdict["inits"][0]["said"] == [["identical_units", 7], ["no_gradient", 7]]


def test_a_run_that_is_stopped_ends_early():
    seen = []
    scene = {"study": "digits", "inits": ["he_normal"], "steps": 30_000}
    for name, _ in events(scene, lambda: len(seen) > 5):
        seen.append(name)
    assert "done" not in seen
    assert seen[-2:] == ["end", FILE]
    assert seen.count("frame") < 60


def test_a_scene_that_is_refused_raises_before_any_event():
    with pytest.raises(InitlabError, match="steps must be"):
        next(events({"steps": -1}))


@pytest.mark.parametrize("name", GUIDED)
def test_every_guided_scene_shows_what_its_sentences_say(name):
    found = list(events(GUIDED[name].scene))
    assert not named(found, "failed")
    done = {one["panel"]: one for one in named(found, "done")}
    first = {one["panel"]: one for one in named(found, "frame")[::-1]}
    CLAIMS[name](done, first, named(found, "frame"))
    assert all(f"finding_{said}" in WORDS for one in done.values() for said in one["said"])


def accuracy(done, part="train"):
    return done["metrics"][f"{part}_accuracy"]


def zeros(done, first, frames):
    own = [one for one in frames if one["panel"] == 0]
    assert {one["loss"] for one in own} == {0.6931}
    assert {one["weights"] for one in own[:-1]} == {own[-1]["weights"]}
    assert all(layer["distinct"] == 1 for one in own for layer in one["layers"])
    assert accuracy(done[1]) > 0.95
    assert done[0]["said"] == ["identical_units", "no_gradient", "at_chance"]
    assert done[1]["said"] == ["nothing_found"]


def small(done, first, frames):
    q = [layer["q"] for layer in first[0]["layers"]]
    assert min(a / b for a, b in pairwise(q)) > 1_000
    g = [layer["g"] for layer in first[0]["layers"]]
    assert min(b / a for a, b in pairwise(g)) > 1_000
    assert done[0]["metrics"]["train_loss"] == pytest.approx(math.log(2), abs=1e-3)
    assert accuracy(done[1]) > 0.95


def large(done, first, frames):
    q = [layer["q"] for layer in first[0]["layers"]]
    assert q == sorted(q)
    assert first[0]["layers"][-1]["saturated"] > 0.95
    assert first[0]["loss"] == "inf"
    assert accuracy(done[0]) < accuracy(done[1]) - 0.1


def he(done, first, frames):
    q = [layer["q"] for layer in first[0]["layers"]]
    assert max(q) < 2 * min(q)
    for panel in (1, 2):
        assert first[panel]["layers"][-1]["q"] < 0.11 * q[-1]
        assert accuracy(done[panel]) > 0.95
        assert done[panel]["metrics"]["train_loss"] > done[0]["metrics"]["train_loss"]


def symmetry(done, first, frames):
    equal = [one["layers"][0]["distinct"] for one in frames if one["panel"] == 1]
    assert {*equal} == {1}
    scores = [done[panel]["metrics"]["validation_r2"] for panel in (0, 1, 2)]
    assert scores[0] < 0.05
    assert 0.5 < scores[1] < 0.8
    assert scores[2] > 0.9


def dropout(done, first, frames):
    own = [one["layers"][0]["distinct"] for one in frames if one["panel"] == 0]
    assert own[0] == 1
    assert {*own[5:]} == {4}
    scene = {**GUIDED["dropout"].scene, "dropout": 0.0, "inits": ["W1=1,B1=0,W2=1,B2=0"]}
    without = named(list(events(scene)), "frame")
    assert {one["layers"][0]["distinct"] for one in without} == {1}


def one_seed(done, first, frames):
    assert accuracy(done[0], "test") == 0.52
    assert accuracy(done[1], "test") == 0.86
    verdict = named(list(seed_events(GUIDED["one_seed"].scene, 50)), "verdict")[0]
    assert verdict["kind"] == "winner"
    assert "he_normal" in verdict["headline"]


def chaos(done, first, frames):
    small, between, large = (first[panel]["layers"][:-1] for panel in (0, 1, 2))
    assert small[-1]["q"] < 1e-5 * small[0]["q"]
    assert small[0]["g"] < 1e-4 * small[-1]["g"]
    assert min(layer["saturated"] for layer in large[1:]) > 0.5
    assert large[0]["g"] > 100 * large[-1]["g"]
    assert max(layer["q"] for layer in between) < 10 * min(layer["q"] for layer in between)
    assert max(layer["g"] for layer in between) < 10 * min(layer["g"] for layer in between)
    assert done[0]["metrics"]["train_loss"] == pytest.approx(math.log(2), abs=1e-3)
    assert accuracy(done[1], "test") > accuracy(done[2], "test") + 0.05


CLAIMS = {
    "zeros": zeros, "small": small, "large": large, "he": he, "symmetry": symmetry,
    "dropout": dropout, "one_seed": one_seed, "chaos": chaos,
}  # fmt: skip


def test_a_typed_number_keeps_the_formula_and_the_colour_of_its_init():
    typed = ["zeros", "he_normal; W1[3,1]=0.5"]
    plain, found = (
        next(events({"inits": inits, "steps": 1}))[1]["panels"] for inits in (SHORT["inits"], typed)
    )
    assert [one["init"] for one in found] == typed
    for name in ("formula", "paper", "colour"):
        assert [one[name] for one in found] == [one[name] for one in plain]


def test_a_recording_of_the_data_is_of_few_points(monkeypatch):
    monkeypatch.setattr(recording, "MOST_POINTS", 7)
    _, loaded = prepared({"study": "curve"})
    begin = next(events({"study": "curve", "steps": 1}))[1]
    assert begin["data"]["x"] == loaded.dataset.x_train[:7].tolist()
    assert next(events({"study": "digits", "steps": 1}))[1]["data"] is None
