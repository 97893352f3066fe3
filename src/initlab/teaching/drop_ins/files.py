"""Name of a course and a folder -> the few files its notebooks look for, written there.

Nothing is overwritten unless asked for, and nothing is written if anything is in the way.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from initlab.errors import StorageError
from initlab.files import cause, shown_path, write_atomically
from initlab.validation import one_of

INIT_UTILS = '''\
"""Helpers of the course's notebook on initialization, from the package initlab."""

import matplotlib.pyplot as plt  # noqa: F401 - notebooks that import * use plt, np and sklearn
import numpy as np  # noqa: F401
import sklearn.datasets  # noqa: F401

from initlab.teaching.drop_ins.coursera import (  # noqa: F401
    backward_propagation,
    compute_loss,
    forward_propagation,
    initialize_parameters_he,
    initialize_parameters_random,
    initialize_parameters_zeros,
    load_dataset,
    model,
    plot_decision_boundary,
    predict,
    predict_dec,
    relu,
    sigmoid,
    update_parameters,
)
'''
PUBLIC_TESTS = '''\
"""Tests of the course's exercises, from the package initlab."""

import numpy as np  # noqa: F401 - notebooks that import * use np

from initlab.teaching.drop_ins.coursera import (  # noqa: F401
    initialize_parameters_he_test,
    initialize_parameters_random_test,
    initialize_parameters_zeros_test,
    multiple_test,
    single_test,
)
'''
TEST_UTILS = '''\
"""Functions that run the course's tests, from the package initlab."""

from initlab.teaching.drop_ins.coursera import multiple_test, single_test  # noqa: F401
'''
HELPERS = '''\
"""Helpers of the course's notebook on weight initialization, from the package initlab."""

import matplotlib.pyplot as plt  # noqa: F401 - notebooks that import * use plt, np and torch
import numpy as np  # noqa: F401
import torch  # noqa: F401
import torch.nn as nn  # noqa: F401

from initlab.teaching.drop_ins.udacity import (  # noqa: F401
    _get_loss_acc,
    compare_init_weights,
    hist_dist,
)
'''
DATA_LOADER = '''\
"""Data of the textbook's curve, from the package initlab."""

from initlab.teaching.drop_ins.textbook import DataLoader_7  # noqa: F401
'''
TRAIN = '''\
"""Trains the textbook's network of two hidden units, with code from the package initlab."""

from initlab.teaching.drop_ins.textbook import DataLoader_7, train

if __name__ == "__main__":
    train(DataLoader_7())
'''
TEST_INITIALIZATION = '''\
"""Checks the notebook in the parent folder.

Run it with: python tests/test_initialization.py --test_case NAME
"""

import sys
from pathlib import Path

from initlab.teaching.drop_ins.bamberg import check_notebook

if __name__ == "__main__":
    sys.exit(check_notebook(Path(__file__).resolve().parent.parent))
'''

Content = str | Callable[[], bytes]


def _trained() -> bytes:
    from initlab.teaching.drop_ins.bamberg.trained import pickled_networks

    return pickled_networks()


# course -> path seen from the notebook's folder -> what is in that file
DROP_INS: dict[str, dict[str, Content]] = {
    "coursera": {
        "init_utils.py": INIT_UTILS, "public_tests.py": PUBLIC_TESTS, "test_utils.py": TEST_UTILS,
    },
    "udacity": {"helpers.py": HELPERS},
    "textbook": {"common/DataLoader_7.py": DATA_LOADER, "H7_5_Train.py": TRAIN},
    "bamberg": {
        "tests/test_initialization.py": TEST_INITIALIZATION,
        "../data/initialization.pkl": _trained,  # where the notebook opens it
    },
}  # fmt: skip


def write_drop_ins(course: str, folder: Path, *, force: bool = False) -> list[Path]:
    """Write a course's files beside its notebook.

    Args:
        course: one of :data:`DROP_INS`.
        folder: where the notebook lies; made if missing.
        force: overwrite files that are there.

    Returns:
        Absolute paths written.

    Raises:
        StorageError: a file is there and force is not given, or the folder cannot be written.
    """
    files = DROP_INS[one_of("course", course, tuple(DROP_INS))]
    base = Path(os.path.abspath(folder))  # noqa: PTH100 - ".." by name, links stay as they are
    paths = [Path(os.path.normpath(base / path)) for path in files]
    for path in paths:
        check_free(path, force=force)
    for path, content in zip(paths, files.values(), strict=True):
        write_new(path, content.encode() if isinstance(content, str) else content(), force=force)
    return paths


def check_free(path: Path, *, force: bool) -> None:
    """Raise an error if a path exists already."""
    if path.is_dir():
        raise StorageError(f"{shown_path(path)} is a folder, so no file can be written there.")
    if os.path.lexists(path) and not force:
        raise StorageError(
            f"{shown_path(path)} exists already; nothing was written. Use --force to overwrite it."
        )


def write_new(path: Path, content: bytes, *, force: bool) -> None:
    """Write a file as a whole or not at all; overwrite another only with force."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{shown_path(path)} cannot be written: {cause(error)}.") from error
    check_free(path, force=force)
    write_atomically(path, content, durable=False)
