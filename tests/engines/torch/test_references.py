"""A text names an object of the user's: found, or told where and why not."""

from __future__ import annotations

import sys

import pytest

from initlab.errors import InitlabError

from .making import mlp

from initlab.engines.torch.model import ModelSource  # isort: skip
from initlab.references import load_object, reference_of


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty current folder, whose modules are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


GOOD = """
from torch import nn

def build():
    return nn.Linear(2, 1)

class Nets:
    small = build
"""


def test_functions_are_found_in_the_current_folder_by_module_and_by_file(here):
    (here / "my_nets.py").write_text(GOOD)
    (here / "pack").mkdir()
    (here / "pack" / "deep.py").write_text(GOOD)
    (here / "pack" / "__init__.py").write_text("")
    path = list(sys.path)
    for text in ("my_nets:build", "my_nets.py:build", "my_nets:Nets.small", "pack.deep:build",
                 "pack/deep.py:build"):  # fmt: skip
        source = ModelSource.of(text)
        assert source.build(0).in_features == 2
        assert source.reference == text
    assert sys.path == path


def test_what_is_importable_has_a_reference_and_what_is_not_has_none():
    assert reference_of(mlp) == "tests.engines.torch.making:mlp"
    assert reference_of(lambda: 0) is None
    assert reference_of(mlp()) is None


BROKEN = {
    "my_a:build": ("", "my_a has no 'build'"),
    "my_b:biuld": (GOOD, r"my_b has no 'biuld'\. Did you mean 'build'"),
    "my_c:build": ("def build(:\n", r"my_c\.py, line 1 is not valid Python"),
    "my_d:build": ("\nx = 1\ny = x / 0\n",
                   r"importing my_d failed at my_d\.py, line 3, `y = x / 0`: ZeroDivisionError"),
    "my_e:build": ("import not_there_at_all\n", r"importing my_e failed at my_e\.py, line 1.*"
                   "ModuleNotFoundError.*not_there_at_all"),
    "my_f:build": ("build = 3\n", "model must be a torch.nn.Module, a function .*got 3"),
    "my_g:build": ("def build():\n    return 3\n",
                   "a function that returns a torch.nn.Module; got 3. .returned by build"),
    "my_h:build": ("def build():\n    raise OSError('no weights')\n",
                   r"build\(\) failed at my_h\.py, line 2, `raise OSError\('no weights'\)`"),
    "my_i.py:build": ("y = 1 / 0\n", r"importing my_i\.py failed at my_i\.py, line 1"),
    "my_j:a b": ("", "of the form"),
}  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_a_stranger_is_told_what_is_wrong_and_where(here, text):
    code, words = BROKEN[text]
    (here / (text.split(":")[0].removesuffix(".py") + ".py")).write_text(code)
    with pytest.raises(InitlabError, match=words):
        ModelSource.of(text).build(0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "nowhere:build",
            "no module 'nowhere' in the current folder or among the installed packages",
        ),
        ("torch.nn.nowhere:build", "no module 'torch.nn.nowhere'"),
        ("nowhere.py:build", "no file nowhere.py"),
        (":build", "of the form"),
    ],
)
def test_modules_that_are_not_there_are_named(here, text, words):
    with pytest.raises(InitlabError, match=words):
        load_object("model", text)
