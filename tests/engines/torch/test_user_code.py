"""The line that is named is the user's own, not that of a library which they call."""

from __future__ import annotations

import importlib.util

import pytest

from initlab.errors import DataError

from .making import torch

from initlab.user_code import failure, user_line  # isort: skip
from initlab.engines.torch.scores import evaluate  # isort: skip
from initlab.engines.torch.task import task_of  # isort: skip


@pytest.fixture
def library(tmp_path):
    path = tmp_path / "site-packages" / "scorer.py"
    path.parent.mkdir()
    path.write_text("def score(z, y):\n    raise ValueError('mixed targets')\n")
    spec = importlib.util.spec_from_file_location("scorer", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_users_call_is_named_where_a_library_fails_and_the_library_where_nothing_else_is(
    library,
):
    def mine(z, y):
        return library.score(z, y)

    x, y = torch.ones(4, 3), torch.zeros(4).long()
    task = task_of(None, x, y)
    for metric, place in ((mine, r"test_user_code.py, line \d+, `return library.score\(z, y\)`"),
                          (library.score, r"scorer.py, line 2")):  # fmt: skip
        shapes = r"outputs of shape \(4, 3\) and targets of shape \(4,\): ValueError: mixed"
        with pytest.raises(DataError, match=rf"metric f1 failed at {place}.* on {shapes}"):
            evaluate(torch.nn.Identity(), task, [((x,), y)], {"f1": metric})
    assert user_line(ValueError("raised nowhere")) == ""


@pytest.mark.parametrize(("said", "words"), [("no rows", ": no rows"), ("no rows.", ": no rows"),
                                             ("", "")])  # fmt: skip
def test_a_hint_is_a_sentence_of_its_own_however_the_error_ends(said, words):
    found = failure("data", "Reading fails", ValueError(said), hint="Add rows.")
    assert str(found) == f"Reading fails: ValueError{words}. Add rows."
