"""`initlab initialize` in the shell: the report, the weights and the receipt."""

from __future__ import annotations

import pytest

from tests.cli.running import answer, initlab, one_json

torch = pytest.importorskip("torch", reason="modules are PyTorch's")

MODELS = """
import torch
from torch import nn
def build():
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

class Bare(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(4, 64, 32))
    def forward(self, x):
        return torch.einsum("bi,eio->beo", x, self.w)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "m.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder):
    return sorted(one.name for one in folder.iterdir() if one.name != "__pycache__")


def test_weights_and_receipt_are_those_of_the_library(folder):
    from torch import nn

    import initlab as package

    done = initlab("initialize", "m.py:build", "--init", "he_normal", "--seed", "3",
                   "--out", "init.pt", "--receipt", "init.json", cwd=folder)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "0.weight   32 x 64  weight  set   he_normal" in done.stdout
    assert done.stdout.endswith("Receipt: init.json\nWeights: init.pt\n")
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    package.initialize(model, "he_normal", seed=3)
    assert package.verify(model, "init.json").as_set
    saved = torch.load("init.pt", weights_only=True)
    assert all(torch.equal(one, saved[name]) for name, one in model.state_dict().items())


def test_a_dry_run_reports_and_writes_nothing(folder):
    code, out, _ = answer("initialize", "m.py:build", "--init", "auto", "--dry-run", "--json")
    record = one_json(out)
    assert (code, record["ok"], record["dry_run"]) == (0, True, True)
    assert record["rows"][0]["note"].startswith("followed by relu")
    assert record["receipt"] is None
    assert written(folder) == ["m.py"]


DATA = """
import torch
from torch import nn
class Opaque(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(8, 8), nn.Linear(8, 3)
    def forward(self, x):
        return self.head(torch.relu(self.body(x if float(x.sum()) > 0 else -x)))
def load():
    x = torch.randn(40, 8, generator=torch.Generator().manual_seed(0))
    return x, (x.sum(1) > 0).long() + (x[:, 0] > 0)
"""


def test_data_serves_inits_that_look_at_it_and_shows_places_that_cannot_be_traced(folder):
    (folder / "d.py").write_text(DATA)
    model = ("initialize", "d.py:Opaque", "--init")
    code, _, err = answer(*model, "auto")
    assert code == 2
    assert "in a shell by initlab initialize ... --data DATA" in err
    code, out, _ = answer(*model, "auto", "--data", "d.py:load", "--json")
    rows = {row["name"]: row for row in one_json(out)["rows"]}
    assert code == 0
    assert rows["body.weight"]["note"].startswith("followed by relu")
    assert rows["head.weight"]["note"].startswith("the head")
    code, out, _ = answer(*model, "lsuv; role:head=prior", "--data", "d.py:load", "--json")
    rows = {row["name"]: row for row in one_json(out)["rows"]}
    assert code == 0
    assert "variance of the outputs: 1 (wanted: 1)" in rows["body.weight"]["note"]
    assert rows["head.bias"]["note"] == "logarithms of the shares of the 3 classes in the targets"
    code, out, _ = answer(*model, "he_normal", "--data", "nothing_here.py:load")
    assert (code, "The data was not used" in out) == (0, True)
    code, out, _ = answer(*model, "he_normal", "--bias-init", "auto", "--data", "d.py:load")
    assert (code, "The data was not used" in out) == (0, False)
    code, _, err = answer(*model, "lsuv")
    assert (code, "initlab initialize ... --data DATA" in err) == (2, True)


BARE = """
import torch
from torch import nn
class Bare(nn.Module):
    def __init__(self):
        super().__init__()
        self.w, self.b = nn.Parameter(torch.randn(8, 8)), nn.Parameter(torch.randn(8))
        self.head = nn.Linear(8, 3)
    def forward(self, x):
        return self.head(torch.relu((x if float(x.sum()) > 0 else -x) @ self.w + self.b))
def build():
    with open("built.txt", "a") as file:
        file.write("built ")
    return Bare()
"""


def test_data_shows_what_bare_parameters_of_a_model_are_that_cannot_be_traced(folder):
    (folder / "d.py").write_text(DATA)
    (folder / "bare.py").write_text(BARE)
    call = ("initialize", "bare.py:build", "--init", "he_normal", "--json")
    code, out, _ = answer(*call)
    assert code == 0
    assert {row["name"]: row["done"] for row in one_json(out)["rows"]}["w"] == "not recognised"
    (folder / "built.txt").unlink()
    code, out, _ = answer(*call, "--data", "d.py:load")
    rows = {row["name"]: row for row in one_json(out)["rows"]}
    assert code == 0
    assert (rows["w"]["done"], rows["w"]["fan_in"], rows["b"]["done"]) == ("set", 8, "set")
    # once to be initialized, and two with other seeds show what its author chose
    assert (folder / "built.txt").read_text() == "built " * 3


def test_rules_and_the_init_of_the_biases_are_taken(folder):
    text = "he_normal; 2.weight=0"
    code, out, _ = answer("initialize", "m.py:build", "--init", text, "--bias-init",
                                "constant(value=0.5)", "--json")  # fmt: skip
    rows = {row["name"]: row for row in one_json(out)["rows"]}
    assert code == 0
    assert rows["2.weight"]["actual_std"] == 0
    assert rows["0.bias"]["actual_mean"] == 0.5


def test_what_cannot_be_written_is_refused_before_the_model_is_built(folder):
    (folder / "slow.py").write_text("def build():\n    raise SystemExit('built')\n")
    (folder / "there").mkdir()
    for option, path in [("--receipt", "a/x.json"), ("--out", "a/x.pt"), ("--receipt", "there")]:
        found, out, err = answer("initialize", "slow.py:build", "--init", "zeros", option, path)
        assert (found, out) == (5, "")
        assert "built" not in err
    code, _, err = answer("initialize", "slow.py:build", "--init", "zeros", "--receipt", "x.pt",
                          "--out", "x.pt")  # fmt: skip
    assert code == 2
    assert "a file other than the one given with --out" in err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--init", "auto", "--dry-run", "--receipt", "a.json"], 2, "receipt must be left out"),
        (["--init", "as_built"], 2, "got 'as_built', which sets nothing"),
        (["--init", "he"], 2, "init must be the name"),
        (["--init", "he_normal", "--out", "x.txt"], 2, ".pt or .pth"),
        (["--init", "zeros", "--out", "a/x.pt"], 5, "no folder a"),
        (["--init", "zeros", "--receipt", "a/x.json"], 5, "no folder a"),
        (["--init", "zeros", "--seed", "-1"], 2, "seed must be an integer"),
    ],
)
def test_misuse_is_one_sentence(folder, arguments, code, words):
    found, out, err = answer("initialize", "m.py:build", *arguments)
    assert (found, out) == (code, "")
    assert words in err
    assert err.count("\n") == 1
    assert written(folder) == ["m.py"]


def test_bare_parameters_are_known_by_their_use(folder):
    code, out, _ = answer("initialize", "m.py:Bare", "--init", "he_normal", "--json")
    (row,) = one_json(out)["rows"]
    assert (code, row["done"], row["fan_in"]) == (0, "set", 64)
