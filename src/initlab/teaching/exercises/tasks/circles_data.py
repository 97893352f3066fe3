"""Two circles: points to train and to test on, and their form for a network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from initlab.datasets import make_circles
from initlab.teaching.exercises.answers import Answer, Call
from initlab.teaching.exercises.exercise import Exercise
from initlab.teaching.exercises.expectations import (
    Array,
    array,
    equal_numbers,
    same,
    several,
    wrong,
)

DATASET_TEXT = """
Write `generate_dataset(n_samples_train, n_samples_test, noise_train, noise_test, seed_train,
seed_test)`. It returns four arrays, `train_X, train_Y, test_X, test_Y`: points on two circles (`X`)
and their classes (`Y`), one set of points for training and one for testing. Make each set by a
call of scikit-learn's `sklearn.datasets.make_circles` with the number of samples, the noise and the
seed (`random_state`) of this set.

- `train_X`: shape `(n_samples_train, 2)`; `train_Y`: shape `(n_samples_train,)`, classes 0 and 1;
- `test_X`: shape `(n_samples_test, 2)`; `test_Y`: shape `(n_samples_test,)`.

Leave all other arguments of `make_circles` at their defaults. Equal arguments give equal points, so
your points are compared number by number with the right ones.
"""

PREPROCESS_TEXT = """
Write `preprocess(train_X, train_Y, test_X, test_Y)`. A network that computes `W @ X + b` takes
samples as columns. `train_X` and `test_X` have the shape `(n, features)` and hold points. `train_Y`
and `test_Y` have the shape `(n,)` and hold the classes of these points. Return four arrays in the
order of the arguments:

- for each array of points, its transpose: shape `(features, n)`, one column per sample;
- for each array of classes, a matrix of one row: shape `(1, n)`.

The number of training samples may differ from the number of test samples, and there may be more
than two features. Do not change the arrays that you get, and do not scale any numbers.
"""

MOVED = "The numbers are right, but in the wrong places: "
NAMES = ("train_X", "train_Y", "test_X", "test_Y")


def _dataset_calls(generator: np.random.Generator) -> list[Call]:
    calls = []
    for _ in range(3):
        counts = [int(n) for n in generator.choice(np.arange(40, 400), 2, replace=False)]
        noises = [float(s) for s in generator.choice(np.arange(1, 30), 2, replace=False) / 100]
        seeds = [int(s) for s in generator.choice(10**6, 2, replace=False)]
        calls.append(Call((*counts, *noises, *seeds), None, int(generator.integers(2**31))))
    return calls


def _judge_dataset(answers: Sequence[Answer]) -> list[str]:
    for answer in answers:
        counts, noises, seeds = (answer.call.arguments[k : k + 2] for k in (0, 2, 4))
        right: list[Array] = []
        for n, noise, seed in zip(counts, noises, seeds, strict=True):
            right += make_circles(n, noise=noise, random_state=seed)
        _judge_parts(
            answer, right,
            "Does each call of make_circles get the number of samples, the noise and the seed of "
            "its own set, and no other argument?",
            moved=f"{MOVED}return the arrays of make_circles as they are.",
        )  # fmt: skip
    return ["four arrays of the right shapes", "every number is right, for three sets of arguments"]


def _preprocess_calls(generator: np.random.Generator) -> list[Call]:
    calls = []
    sizes = [tuple(generator.choice(np.arange(6, 40), 2, replace=False)) for _ in range(2)]
    more = int(generator.integers(3, 6))
    for features, n, m in ((2, *sizes[0]), (more, *sizes[1]), (2, 1, 2), (3, 3, 3)):
        parts = [
            generator.normal(size=(n, features)), generator.integers(0, 2, n),
            generator.normal(size=(m, features)), generator.integers(0, 2, m),
        ]  # fmt: skip
        calls.append(Call(tuple(parts), None, int(generator.integers(2**31))))
    return calls


def _judge_preprocess(answers: Sequence[Answer]) -> list[str]:
    for answer in answers:
        given = answer.call.arguments
        right = [part.T if part.ndim == 2 else part[np.newaxis] for part in given]
        _judge_parts(
            answer, right,
            "Return each of the four arguments with its numbers unchanged; only the arrangement of "
            "the numbers may change.",
            moved=f"{MOVED}reshape does not transpose.",
        )  # fmt: skip
    return ["four arrays of the right shapes", "every number is in its place"]


def _judge_parts(answer: Answer, right: Sequence[Array], hint: str, *, moved: str) -> None:
    parts = several(answer, NAMES)
    for name, value, wanted in zip(NAMES, parts, right, strict=True):
        for other, theirs in zip(NAMES, right, strict=True):
            if _is(value, theirs) and not _is(value, wanted):
                place = NAMES.index(name) + 1
                raise wrong(answer, f"returned value {place} of {len(NAMES)} is {name}.",
                            f"returned value {place} is {other}.",
                            f"Return the values in this order: {', '.join(NAMES)}.")  # fmt: skip
        got = array(answer, value, name, wanted.shape, integers=True)
        has_moved = _is(np.sort(got, axis=None), np.sort(wanted, axis=None))
        equal_numbers(answer, got, wanted, name, moved if has_moved else hint)


def _is(value: object, right: Array) -> bool:
    return isinstance(value, np.ndarray) and value.shape == right.shape and same(value, right, 1e-9)


DATASET = Exercise(
    "dataset", "points on two circles", "generate_dataset", DATASET_TEXT,
    _dataset_calls, _judge_dataset,
)  # fmt: skip
PREPROCESS = Exercise(
    "preprocess", "samples as columns", "preprocess", PREPROCESS_TEXT,
    _preprocess_calls, _judge_preprocess,
)  # fmt: skip
