"""`initlab audit` in the shell: exit code 1 where something is wrong that is not ignored."""

from __future__ import annotations

import pytest

from tests.cli.running import answer, initlab, one_json

pytest.importorskip("torch", reason="modules are PyTorch's")

MODELS = """
from torch import nn
def build():
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
def encoder():
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), 2)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "m.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_shell_gets_the_findings_as_json(folder):
    done = initlab("audit", "m.py:encoder", "--json", cwd=folder)
    record = one_json(done.stdout)
    assert (done.returncode, record["ok"], record["sound"]) == (1, True, False)
    assert [one["name"] for one in record["findings"]] == ["cloned_layers"]


def test_a_sound_model_ends_with_0_and_so_does_what_is_ignored(folder):
    code, out, _ = answer("audit", "m.py:build")
    assert code == 0
    assert "nothing wrong" in out
    assert out.count("torch_default") == 4
    code, out, _ = answer("audit", "m.py:encoder", "--ignore", "cloned_layers")
    assert code == 0
    assert "nothing wrong" in out


def test_the_seed_is_that_of_the_function_that_builds(folder):
    first, again, other = (
        answer("audit", "m.py:build", "--seed", seed)[1] for seed in ("1", "1", "2")
    )
    assert first == again != other


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["m.py:build", "--ignore", "clones"], "Did you mean 'cloned_layers'"),
        (["circles"], "model must be a torch.nn.Module"),
    ],
)
def test_misuse_is_one_sentence(folder, arguments, words):
    code, out, err = answer("audit", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
