"""Ways to write a right answer: decorators, arguments more, results of other types."""

from __future__ import annotations

import collections
import enum
import functools
import time
import types
from itertools import pairwise

import numpy as np
import pytest

import initlab
from initlab.teaching.exercises.tasks import inits


@pytest.fixture(autouse=True)
def narrow_networks(monkeypatch):
    """Leave out the two widest networks: how a function is called does not depend on its layers."""
    every = inits._networks
    monkeypatch.setattr(inits, "_networks", lambda generator: every(generator)[:-2])


# decorators ------------------------------------------------------------------


def open_wrapper(function):
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def named_wrapper(function):
    return functools.wraps(function)(open_wrapper(function))


def positional_wrapper(function):
    def wrapper(*args):
        return function(*args)

    return wrapper


def logging_wrapper(function, log=print):
    def wrapper(*args, **kwargs):
        log(*args, file=None, end="")
        return function(*args, **kwargs)

    return wrapper


def clocked(function, clock=lambda: time.perf_counter()):
    def wrapper(*args, **kwargs):
        began = clock()
        result = function(*args, **kwargs)
        wrapper.seconds = clock() - began
        return result

    return wrapper


class Counting:
    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        return self.function(*args, **kwargs)


class Bound:
    def __init__(self, function):
        self.function = function

    def call(self, *args, **kwargs):
        return self.function(*args, **kwargs)


def twice(function):
    return open_wrapper(Counting(named_wrapper(function)))


WRAPPERS = [open_wrapper, named_wrapper, positional_wrapper, logging_wrapper, clocked, Counting,
            twice, staticmethod, functools.partial]  # fmt: skip

# arguments -------------------------------------------------------------------


def he_from(dims, generator):
    theta = {}
    for k, (n, m) in enumerate(pairwise(dims), start=1):
        theta[f"W{k}"] = generator.standard_normal((m, n)) * (2 / n) ** 0.5
        theta[f"b{k}"] = np.zeros((m, 1))
    return theta


def fresh(seed):
    return np.random.default_rng(seed)


def with_keywords(dims, **options):
    return he_from(dims, fresh(options["seed"]))


def with_optional_keywords(dims, **options):
    return he_from(dims, fresh(options.get("seed", 3)))


def with_rest(dims, *rest):
    (seed,) = rest
    return he_from(dims, fresh(seed))


HE = {
    "seed": lambda dims, seed: he_from(dims, fresh(seed)),
    "optional seed": lambda dims, seed=None: he_from(dims, fresh(seed)),
    "keyword seed": lambda dims, *, seed: he_from(dims, fresh(seed)),
    "optional keyword seed": lambda dims, *, seed=None: he_from(dims, fresh(seed)),
    "other name": lambda dims, number: he_from(dims, fresh(number)),
    "random_state": lambda dims, random_state=None: he_from(dims, fresh(random_state)),
    "seed after another": lambda dims, dtype=float, seed=None: he_from(dims, fresh(seed)),
    "keyword seed after others": lambda dims, gain=1, *, scale=1, seed: he_from(dims, fresh(seed)),
    "options": lambda dims, gain=1.0, dtype=float: he_from(dims, fresh(3)),
    "option of a name alike": lambda dims, gentle=False: he_from(dims, fresh(int(gentle))),
    "no seed": lambda dims: he_from(dims, fresh(3)),
    "generator": lambda dims, rng: he_from(dims, rng),
    "optional generator": lambda dims, rng=None: he_from(dims, rng or fresh(3)),
    "keyword generator": lambda dims, *, generator: he_from(dims, generator),
    "any generator": lambda dims, rng=None: he_from(dims, np.random.default_rng(rng)),
    "optional old generator": lambda dims, rng=None: he_from(
        dims, np.random.RandomState(0 if rng is None else rng)),
    "generator of another name": lambda dims, source: he_from(dims, source),
    "seed in rng": lambda dims, rng: he_from(dims, np.random.RandomState(rng)),
    "keywords": with_keywords,
    "optional keywords": with_optional_keywords,
    "rest": with_rest,
    "positional only": eval("lambda dims, seed, /: make(dims, seed)",
                            {"make": lambda dims, seed: he_from(dims, fresh(seed))}),
}  # fmt: skip


@pytest.mark.parametrize("style", HE)
def test_a_seed_may_be_taken_in_any_way(style):
    initlab.check("he", HE[style]).require()


@pytest.mark.parametrize("wrapper", WRAPPERS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("style", ["seed", "optional seed", "no seed", "other name"])
def test_an_answer_may_be_wrapped(style, wrapper, capsys):
    initlab.check("he", wrapper(HE[style])).require()


def test_a_method_is_a_function():
    initlab.check("he", Bound(HE["seed"]).call).require()


@pytest.mark.parametrize("wrapper", WRAPPERS, ids=lambda one: one.__name__)
def test_a_wrapped_rule_takes_its_seed_or_a_layer(wrapper, capsys):
    pytest.importorskip("torch")

    def general_rule(n_inputs, n_outputs, seed):
        y = n_inputs**-0.5
        return fresh(seed).uniform(-y, y, (n_outputs, n_inputs)), np.zeros(n_outputs)

    def weights_init_rule(m, gain=1.0, verbose=False):
        y = gain / m.in_features**0.5
        m.weight.data.uniform_(-y, y)
        m.bias.data.fill_(0)

    for function in (general_rule, weights_init_rule):
        initlab.check("general_rule", wrapper(function)).require()


def test_a_rule_with_optional_outputs_gets_numbers_all_the_same():
    def general_rule(n_inputs, n_outputs=1, seed=None):
        y = 1 / np.sqrt(n_inputs)
        return fresh(seed).uniform(-y, y, (n_outputs, n_inputs)), np.zeros(n_outputs)

    initlab.check("general_rule", general_rule).require()


def test_a_seed_that_is_taken_and_ignored_is_noticed_behind_a_wrapper():
    verdict = initlab.check("he", open_wrapper(lambda dims, seed: he_from(dims, fresh(1))))
    assert verdict.got == "the same weights."


# results ---------------------------------------------------------------------


class Text(str, enum.Enum):  # noqa: UP042 - its str() is not its value
    W1, b1, W2, b2 = "W1", "b1", "W2", "b2"


class Half(float):
    pass


Pair = collections.namedtuple("Pair", ["bound", "std"])


def symmetric():
    return {"W1": np.ones((2, 1)), "b1": np.zeros((2, 1)), "W2": np.ones((1, 2)),
            "b2": np.zeros((1, 1))}  # fmt: skip


MAPPINGS = [collections.OrderedDict, collections.UserDict, types.MappingProxyType,
            lambda d: collections.defaultdict(list, d), lambda d: collections.ChainMap({}, d),
            lambda d: {np.str_(name): value for name, value in d.items()},
            lambda d: {Text[name]: value for name, value in d.items()}]  # fmt: skip
SEQUENCES = [list, collections.deque, collections.UserList, np.array, lambda pair: Pair(*pair),
             lambda pair: tuple(map(Half, pair)), lambda pair: tuple(map(np.float64, pair)),
             lambda pair: tuple(map(np.array, pair))]  # fmt: skip


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_parameters_may_come_in_any_mapping(mapping):
    initlab.check("symmetric_case", lambda: mapping(symmetric())).require()


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_two_numbers_may_come_in_any_sequence(sequence):
    answer = lambda n: sequence((n**-0.5, (3 * n) ** -0.5))  # noqa: E731
    initlab.check("default_start", answer).require()


def names_array(names):
    return np.array(names) if names[0] else names


@pytest.mark.parametrize("sequence", [list, collections.deque, collections.UserList, names_array])
def test_arrays_may_come_in_any_sequence(sequence):
    def preprocess(*parts):
        return [part.T if part.ndim == 2 else part[np.newaxis] for part in parts]

    if sequence is not names_array:
        initlab.check("preprocess", lambda *parts: sequence(preprocess(*parts))).require()
    initlab.check("best_start", lambda table: sequence(best(table))).require()


def best(table):
    sound = [name for name, row in table.items() if np.isfinite(list(row.values())).all()]
    if not sound:
        return None, None, None
    loss, rate = (
        {name: table[name][column] for name in sound}
        for column in ("train_loss", "validation_accuracy")
    )
    return (min(sound, key=loss.get), max(sound, key=rate.get),
            max(sound, key=lambda name: (rate[name], -loss[name])))  # fmt: skip


@pytest.mark.parametrize("value", [b"ab", bytearray(2), memoryview(b"ab"), iter([1, 2]), {1, 2}])
def test_what_is_no_sequence_of_numbers_is_none(value):
    verdict = initlab.check("default_start", lambda n: value)
    assert verdict.got == f"a value of type {type(value).__name__}."


class Hostile(collections.UserList):
    def __len__(self):
        raise ValueError("no length")


@pytest.mark.parametrize("value", [Hostile(), [Hostile()]])
def test_a_sequence_that_fails_is_the_learners_error(value):
    assert "ValueError: no length" in initlab.check("default_start", lambda n: value).got


def test_an_argument_filled_with_a_hostile_value_counts_as_changed():
    def spoil(dims):
        dims[0] = Hostile()
        return {}

    assert initlab.check("zeros", spoil).got == "the function changed argument 1."
