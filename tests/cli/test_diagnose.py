"""``initlab diagnose`` in a shell: answer, exit code, JSON, report."""

from __future__ import annotations

import json

import pytest

from initlab.cli.diagnose import diagnose_command
from initlab.errors import InitlabError
from initlab.initialization.rules import rules
from tests.cli.running import initlab, one_json

pytest.importorskip("torch")

MODEL = """
import torch
from torch import nn

def good():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

def deep():
    torch.manual_seed(0)
    layers = [nn.Flatten(), nn.Linear(64, 16), nn.ReLU()]
    for _ in range(18):
        layers += [nn.Linear(16, 16), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(16, 10))
"""


@pytest.fixture
def model(tmp_path):
    file = tmp_path / "net.py"
    file.write_text(MODEL)
    return file


def test_a_healthy_network_ends_with_0(model):
    done = initlab("diagnose", f"{model}:good", "--data", "digits")
    assert done.returncode == 0
    assert "Healthy" in done.stdout


def test_a_sick_one_ends_with_1_and_says_why(model):
    done = initlab("diagnose", f"{model}:deep", "--data", "digits", "--json")
    assert done.returncode == 1
    found = one_json(done.stdout)
    assert found["healthy"] is False
    first = found["findings"][0]
    assert first["name"] == "inputs_indistinguishable"
    assert set(first) == {"name", "severity", "where", "evidence", "effect", "fix"}
    assert found["layers"][0].keys() >= {"name", "role", "q", "g", "c", "dead", "saturated"}


def test_an_init_is_drawn_first(model):
    done = initlab(
        "diagnose", f"{model}:deep", "--data", "digits", "--init", "orthogonal(gain=1.4142)"
    )
    assert done.returncode == 0, done.stdout


def test_inputs_can_be_given_by_their_shape(model):
    done = initlab("diagnose", f"{model}:good", "--input", "8x64")
    assert done.returncode == 0
    assert "8 random samples of size 64" in done.stdout


def test_a_finding_can_be_ignored(model):
    done = initlab("diagnose", f"{model}:deep", "--no-trial", "--json")
    assert done.returncode == 1
    names = {one["name"] for one in one_json(done.stdout)["findings"]}
    ignored = [word for name in names for word in ("--ignore", name)]
    assert initlab("diagnose", f"{model}:deep", "--no-trial", *ignored).returncode == 0


def test_a_report_is_a_page_with_figures(model, tmp_path):
    out = tmp_path / "report"
    done = initlab("diagnose", f"{model}:deep", "--data", "digits", "--out", str(out))
    assert done.returncode == 1
    names = {one.name for one in out.iterdir()}
    assert names >= {"index.html", "diagnosis.json", "depth.png", "depth.svg", "outputs.png"}
    page = (out / "index.html").read_text()
    assert "inputs_indistinguishable" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert json.loads((out / "diagnosis.json").read_text())["healthy"] is False
    assert initlab("diagnose", f"{model}:good", "--out", str(out)).returncode == 0  # replaced


def test_a_folder_of_other_things_is_refused(model, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = initlab("diagnose", f"{model}:missing", "--out", str(tmp_path))
    assert done.returncode == 5  # before the model is looked for
    assert "not empty" in done.stderr


def test_input_and_data_exclude_each_other(model):
    done = initlab("diagnose", f"{model}:good", "--input", "8x64", "--data", "digits")
    assert done.returncode == 2
    assert "input must be left out with --data" in done.stderr


def test_a_shape_that_does_not_fit_is_one_sentence(model):
    done = initlab("diagnose", f"{model}:good", "--input", "8x63")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_a_proof_trains_it_beside_others(model):
    done = initlab(
        "diagnose", f"{model}:good", "--data", "digits", "--no-trial", "--prove", "--json"
    )
    found = one_json(done.stdout)
    assert done.returncode == 0
    proof = "as_built (present init) was compared with auto (recommended init), at 8 seeds each. "
    verbs = ("The comparison decides ", "The comparison does not decide ")
    assert found["proof"].removeprefix(proof).startswith(verbs)
    assert initlab("diagnose", f"{model}:good", "--prove").returncode == 2  # nothing to train on


def test_a_proof_says_whether_the_present_init_loses_against_the_recommended_one():
    done = initlab("diagnose", "circles", "--init", "zeros", "--no-trial", "--prove", "--json")
    proof = one_json(done.stdout)["proof"]
    words = (
        "zeros (present init) was compared with he_normal (recommended init), at 8 seeds each. "
        "The comparison decides which init is better. "
    )
    assert proof.startswith(words)
    assert "Winner: he_normal" in proof


def test_a_proof_of_inits_that_are_alike_is_not_decided():
    done = initlab("diagnose", "circles", "--init", "he_normal", "--no-trial", "--prove")
    assert (
        "he_normal (present init) was compared with orthogonal, at 8 seeds each. "
        "The comparison does not decide which init is better. " in done.stdout
    )


@pytest.mark.parametrize(
    ("init", "inits_wanted"),
    [
        ("he_normal", ["he_normal", "orthogonal"]), ("zeros", ["zeros", "he_normal"]),
        ("kaiming_normal", ["he_normal", "orthogonal"]),
    ],
)  # fmt: skip
def test_a_proof_compares_two_inits_alone(monkeypatch, init, inits_wanted):
    def compare(*_, inits, seeds, **given):
        assert (inits, seeds) == (inits_wanted, 8)
        raise InitlabError("reached")

    monkeypatch.setattr("initlab.comparison.compare", compare)
    with pytest.raises(InitlabError, match="reached"):
        diagnose_command(network="circles", init=init, trial=False, prove=True)


@pytest.mark.parametrize(
    ("init", "inits_wanted"),
    [
        (None, ["as_built", "keep; 1.weight=auto; 3.weight=keep"]),
        (
            "normal(std=0.01)",
            ["normal(std=0.01)", "normal(std=0.01); 1.weight=auto"],
        ),
        (
            "he_normal; role:weight=0",
            ["he_normal; role:weight=0", "he_normal; role:weight=0; 1.weight=auto"],
        ),
    ],
)  # fmt: skip
def test_a_proof_of_a_model_compares_it_with_itself_where_the_rules_mend_it(
    monkeypatch, model, init, inits_wanted
):
    def compare(*_, inits, **given):
        assert inits == inits_wanted
        raise InitlabError("reached")

    mending = rules("keep; 1.weight=auto; 3.weight=keep")
    monkeypatch.setattr("initlab.comparison.compare", compare)
    monkeypatch.setattr("initlab.diagnosis.diagnosis.Diagnosis.fix", lambda _: mending)
    with pytest.raises(InitlabError, match="reached"):
        diagnose_command(network=f"{model}:deep", data="digits", init=init, trial=False, prove=True)


@pytest.mark.parametrize(
    ("options", "trained_with"),
    [
        ({}, {}),
        ({"optimizer": "sgd"}, {"optimizer": "sgd"}),
        ({"learning_rate": 0.1}, {"optimizer": "adam", "learning_rate": 0.1}),
        (
            {"optimizer": "sgd", "learning_rate": 0.1},
            {"optimizer": "sgd", "learning_rate": 0.1},
        ),
    ],
)
def test_a_proof_trains_with_the_optimizer_that_was_asked_for(monkeypatch, options, trained_with):
    def compare(*_, inits, seeds, **given):
        assert given == trained_with
        raise InitlabError("reached")

    monkeypatch.setattr("initlab.comparison.compare", compare)
    with pytest.raises(InitlabError, match="reached"):
        diagnose_command(network="circles", init="he_normal", trial=False, prove=True, **options)


def test_a_name_that_is_no_study_says_what_else_may_stand_there():
    done = initlab("diagnose", "resnet")
    assert done.returncode == 2
    assert "package.module:name or file.py:name) or the name of a study (circles" in done.stderr
    assert "got 'resnet'" in done.stderr
