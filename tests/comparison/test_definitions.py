"""A study's key follows the code of a model: its file and the local modules that this imports."""

from __future__ import annotations

import hashlib
import importlib
import sys

import pytest

torch = pytest.importorskip("torch")

from initlab.comparison.definitions import definition  # noqa: E402

FILES = {
    "mine_key/__init__.py": "",
    "mine_key/model.py": "import json\nimport torch\nfrom .layers import width\n"
    "from mine_key import later as unused\ndef build():\n    from mine_key.deep import part\n",
    "mine_key/layers.py": "import beside_key\nwidth = 3\n",
    "mine_key/later.py": "",
    "mine_key/deep/__init__.py": "",
    "mine_key/deep/part.py": "from .. import layers\nfrom ..deep import other\n",
    "mine_key/deep/other.py": "",
    "beside_key.py": "",
    "alone_key.py": "import torch\ndef build():\n    return torch.nn.Linear(2, 2)\n",
    "not_imported_key.py": "",
    "site-packages/installed_key.py": "",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    for place in (tmp_path, tmp_path / "site-packages"):
        monkeypatch.syspath_prepend(str(place))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if "_key" in name:
            del sys.modules[name]


def digest(module):
    return definition(importlib.import_module(module).build, importable=True)


@pytest.mark.parametrize(
    "name", [name for name in FILES if name.startswith("mine_key")] + ["beside_key.py"]
)
def test_a_change_of_any_local_module_that_is_imported_changes_the_digest(folder, name):
    before = digest("mine_key.model")
    assert digest("mine_key.model") == before
    with (folder / name).open("a") as file:
        file.write("# changed\n")
    assert digest("mine_key.model") != before


def test_modules_that_are_not_imported_or_are_installed_do_not_count(folder):
    (folder / "alone_key.py").write_text(f"import installed_key\n{FILES['alone_key.py']}")
    content = (folder / "alone_key.py").read_bytes()
    for name in ("site-packages/installed_key.py", "not_imported_key.py"):
        (folder / name).write_text("# changed\n")
        assert digest("alone_key") == hashlib.sha256(content).hexdigest()


def test_no_module_is_imported_to_find_its_file(folder):
    digest("mine_key.model")
    assert "mine_key.deep" not in sys.modules


def test_what_lives_in_memory_has_no_digest_and_torchs_own_needs_none():
    assert definition(lambda: None, importable=False) is None
    assert definition(torch.nn.functional.cross_entropy, importable=True) == ""
    first, second = (torch.nn.CrossEntropyLoss(label_smoothing=s) for s in (0.1, 0.2))
    assert definition(first, importable=False) != definition(second, importable=False)
