"""Whatever a user has for an array is one, with the same numbers, or is refused by its name."""

from __future__ import annotations

import decimal

import numpy as np
import pytest

from initlab.datasets.user_arrays import user_samples
from initlab.datasets.user_data import array_of, read_as
from initlab.errors import DataError, invalid_argument, placed, unusable

X = np.random.default_rng(0).normal(size=(20, 3))
Y = np.arange(20) % 2


class Wrapped:
    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.array, dtype)


READ_ONLY = X.copy()
READ_ONLY.flags.writeable = False
KINDS = {
    "lists": X.tolist(), "list of rows": list(X), "read-only": READ_ONLY,
    "in the other order": np.asfortranarray(X), "every other row": np.repeat(X, 2, axis=0)[::2],
    "backwards": X[::-1][::-1], "with __array__": Wrapped(X), "big-endian": X.astype(">f8"),
    "longdouble": X.astype(np.longdouble), "a buffer": memoryview(X),
    "nothing masked": np.ma.masked_array(X, mask=False),
}  # fmt: skip
MASKED = np.ma.masked_array(X, mask=X > 1)
REFUSED = {
    "a set": ({1, 2}, "must be an array, a tensor or nested lists; got set"),
    "a generator": ((row for row in X), "must be an array, .*; got generator"),
    "a dictionary": ({"a": 1}, "must be an array, .*; got dict"),
    "ragged": ([[1, 2], [3]], r"cannot be made into an array \(.*inhomogeneous"),
    "objects": (
        X.astype(object),
        r"must hold numbers; got an .* dtype object\. Convert it with \.astype",
    ),
    "texts among them": ([["a", 1.5, None]] * 20, "must hold numbers; got an .* dtype object.$"),
    "dates": (X.astype("datetime64[s]"), "must hold numbers; got an array of dtype datetime64"),
    "complex": (X + 1j, "must hold numbers; got an array of dtype complex128"),
    "records": (np.zeros(20, dtype=[("a", "f4")]), "must hold numbers; got"),
}


def read_by_module(x, y):
    pytest.importorskip("torch")
    from initlab.engines.torch.data import module_data

    found = module_data((x, y), stratify=False)
    parts = [found.train, found.test]
    return np.vstack([part.inputs[0].double().numpy() for part in parts])


def read_by_dense(x, y):
    found = user_samples((x, y), stratify=False)
    return np.vstack([found.x_train, found.x_test])


READERS = [read_by_dense, read_by_module]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_array_is_read_to_the_same_numbers(kind, reader):
    assert np.array_equal(np.sort(reader(KINDS[kind], Y), axis=0), np.sort(X, axis=0))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_array_of_numbers_is_refused_by_its_name(kind, reader):
    value, words = REFUSED[kind]
    with pytest.raises(DataError, match=f"x {words}"):
        reader(value, Y)


@pytest.mark.parametrize("reader", READERS)
def test_what_is_masked_is_missing_and_never_the_number_below_the_mask(reader):
    for x, y in ((MASKED, Y), (X, np.ma.masked_array(Y, mask=Y > 0))):
        with pytest.raises(DataError, match=r"missing|must hold finite numbers; .* is nan"):
            reader(x, y)
    kept = np.ma.masked_array(Y, mask=False)
    assert array_of(kept).dtype == Y.dtype  # class numbers stay whole


def test_tensors_are_arrays_too():
    torch = pytest.importorskip("torch")
    x = torch.tensor(X, dtype=torch.float32)
    exact = x.bfloat16().float().numpy()
    assert np.array_equal(array_of(x.bfloat16()), exact)
    assert array_of(x.half()).dtype == np.float16
    assert np.array_equal(array_of(x.requires_grad_()), x.detach().numpy())
    assert np.array_equal(array_of(list(x.detach())), x.detach().numpy())


@pytest.mark.parametrize("kind", ["sparse", "meta", "complex"])
def test_tensors_without_plain_numbers_are_refused(kind):
    torch = pytest.importorskip("torch")
    x = torch.tensor(X, dtype=torch.float32)
    made = {"sparse": x.to_sparse, "meta": lambda: x.to("meta"), "complex": lambda: x * 1j}
    with pytest.raises(DataError, match=r"^data: x must be a dense tensor of real numbers; got"):
        read_by_module(made[kind](), Y)


def test_decimals_are_targets():
    y = [decimal.Decimal("1.5"), decimal.Decimal("2.25")] * 10
    assert user_samples((X, y)).task == "regression"


def test_an_error_about_data_is_composed_for_the_argument_that_it_came_by():
    for raised, words in (
        (unusable("x holds NaN."), "loader: x holds NaN."),
        (invalid_argument("data", "a pair", 3, kind=DataError), "loader must be a pair; got 3."),
        (ZeroDivisionError("no"), "loader cannot be read as arrays of numbers: ZeroDivision"),
    ):
        with pytest.raises(DataError, match=words) as caught, read_as("loader"):
            raise raised
        assert caught.value.argument == "loader"
    for untouched in (
        invalid_argument("task", "one", 3),
        DataError("No sample of data.csv is left.", argument="data"),
    ):
        with pytest.raises(type(untouched)) as caught, read_as("loader"):
            raise untouched
        assert caught.value is untouched


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (unusable("x holds NaN."), "loader: x holds NaN. (row 3)"),
        (
            invalid_argument("data", "a pair", 3, kind=DataError),
            "loader must be a pair; got 3. (row 3)",
        ),
    ],
)
def test_where_an_error_about_data_came_up_stays_in_it(raised, message):
    with pytest.raises(DataError) as caught, read_as("loader"), placed("row 3"):
        raise raised
    assert str(caught.value) == message
