"""`initlab verify` in the shell: exit code 0 where all is as set, 1 where something differs."""

from __future__ import annotations

import pytest

from tests.cli.running import answer, initlab, one_json

torch = pytest.importorskip("torch", reason="modules are PyTorch's")

MODELS = """
import initlab
from torch import nn
def build():
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
def initialized():
    model = build()
    initlab.initialize(model, "he_normal", seed=3)
    return model
def overwritten():
    model = initialized()
    nn.init.zeros_(model[2].weight)
    return model
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    (folder / "m.py").write_text(MODELS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert answer("initialize", "m.py:build", "--init", "he_normal", "--seed", "3",
                            "--out", "init.pt", "--receipt", "init.json")[0] == 0  # fmt: skip
    torch.save(torch.nn.Linear(2, 2), folder / "whole.pt")  # with code, which is not run
    return folder


@pytest.fixture
def folder(kept, monkeypatch):
    monkeypatch.chdir(kept)
    return kept


def test_a_shell_gets_the_exit_codes(folder):
    done = initlab("verify", "m.py:overwritten", "init.json", "--json", cwd=folder)
    record = one_json(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert (record["ok"], record["as_set"]) == (True, False)
    assert record["counts"] == {"overwritten": 1, "as_set": 3}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["m.py:initialized", "init.json"], 0, "4 of 4 parameters as in the receipt"),
        (["init.pt", "init.json"], 0, "4 of 4 parameters as in the receipt"),
        (["m.py:build", "init.json", "--again"], 0, "4 of 4 parameters as in the receipt"),
        (["m.py:build", "init.json"], 1, "Was this model initialized with this receipt's rules?"),
        (["m.py:overwritten", "init.json"], 1, "all numbers are 0 now; std"),
    ],
)
def test_a_model_or_a_file_of_weights_is_held_against_the_receipt(folder, arguments, code, words):
    found, out, err = answer("verify", *arguments)
    assert (found, err) == (code, "")
    assert words in out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nope", "init.json"], 2, "model must be package.module:name, file.py:name, or"),
        (["nope.pt", "init.json"], 2, "There is no file nope.pt."),
        (
            ["m.py", "init.json"],
            2,
            "Add the name of the function in this file that builds the model, such as m.py:build.",
        ),
        (["m.py:nope", "init.json"], 3, "m.py has no 'nope'"),
        (["m.py:build", "no.json"], 5, "no.json does not exist"),
        (["m.py:build", "m.py"], 3, "m.py is not a receipt of initlab: it is not JSON"),
        (["init.json", "init.json"], 3, "init.json is not a file of weights"),
        (["whole.pt", "init.json"], 3, "whole.pt is not a file of weights"),
        (["init.pt", "init.json", "--again"], 2, "again must be False"),
    ],
)
def test_misuse_is_one_sentence(folder, arguments, code, words):
    found, out, err = answer("verify", *arguments)
    assert (found, out) == (code, "")
    assert words in err
    assert err.count("\n") == 1
