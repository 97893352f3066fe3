"""Data in every form a PyTorch user has it: in memory where it can be, else by batches; errors."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from initlab.errors import ArgumentError, DataError, InitlabError

from .making import blobs, torch

from initlab.engines.torch.data import module_data  # isort: skip
from initlab.datasets.dataset import InMemory, LoaderData
from initlab.engines.torch.batches import batches, chunks

data = torch.utils.data
X, Y = blobs()
TENSORS = data.TensorDataset(X, Y)


class Items(data.Dataset):
    """A data set that counts how often it is asked."""

    def __init__(self, change=lambda x: x):
        self.change, self.asked = change, 0

    def __len__(self):
        return len(X)

    def __getitem__(self, index):
        self.asked += 1
        return self.change(X[index]), int(Y[index])


def samples(part):
    """Return the samples of a part as a set of rows, whatever their order."""
    x = torch.cat([inputs[0] for inputs, _ in chunks(part, 1000)])
    return sorted(map(tuple, x.tolist()))


def first_batches(part, seed, count=9):
    given = batches(part, seed)
    return [[t.tolist() for t in (*x, y)] for x, y in (next(given) for _ in range(count))]


IN_MEMORY = {
    "tensors": (X, Y),
    "arrays": (X.numpy(), Y.numpy()),
    "lists": (X.tolist(), Y.tolist()),
    "float64": (X.double().numpy(), Y.numpy().astype(np.int32)),
    "TensorDataset": TENSORS,
    "Subset": data.Subset(data.Subset(TENSORS, range(10, 60)), range(40)),
    "own Dataset": Items(),
    "DataLoader": data.DataLoader(TENSORS, 7, shuffle=True),
    "sequential": data.DataLoader(Items(), 7),
    "drop_last": data.DataLoader(TENSORS, 7, shuffle=True, drop_last=True),
    "SubsetRandomSampler": data.DataLoader(TENSORS, 7, sampler=data.SubsetRandomSampler(range(30))),
    "generator": data.DataLoader(TENSORS, 7, shuffle=True, generator=torch.Generator()),
}


@pytest.mark.parametrize("kind", IN_MEMORY)
def test_what_can_lie_in_memory_does_and_a_fifth_is_held_out(kind):
    found = module_data(IN_MEMORY[kind])
    assert isinstance(found.train, InMemory)
    assert isinstance(found.test, InMemory)
    whole = {"Subset": 40, "SubsetRandomSampler": 30}.get(kind, 60)
    assert (len(found.train), len(found.test)) == (whole - whole // 5, whole // 5)
    expected = {"Subset": X[10:50], "SubsetRandomSampler": X[:30]}.get(kind, X)
    both = samples(found.train) + samples(found.test)
    assert np.allclose(sorted(both), sorted(map(tuple, expected.tolist())))
    assert found.train.y.dtype == torch.int64


def test_samples_in_memory_cost_nothing_per_step():
    items = Items()
    found = module_data(items)
    asked = items.asked
    given = batches(found.train, 0)
    for _ in range(50):
        next(given)
    assert items.asked == asked < 80  # once each, and a few looks whether they change


def test_a_loaders_batches_order_and_rest_are_kept():
    loader = data.DataLoader(TENSORS, 7)
    train = module_data((loader, loader)).train
    assert (train.batch_size, train.shuffle, train.drop_last) == (7, False, False)
    assert torch.equal(next(batches(train, 3))[0][0], X[:7])
    train = module_data((data.DataLoader(TENSORS, 7, shuffle=True, drop_last=True), loader)).train
    assert (train.shuffle, train.drop_last, train.steps_per_epoch) == (True, True, 8)
    sizes = [len(y) for (_, y), _ in zip(batches(train, 0), range(20), strict=False)]
    assert set(sizes) == {7}


def test_batches_of_a_seed_are_an_epochs_permutation():
    train = module_data((X, Y, X, Y), batch_size=13).train
    rows = [row for (x, _), _ in zip(batches(train, 4), range(5), strict=False) for row in x[0]]
    assert sorted(map(tuple, torch.stack(rows).tolist())) == sorted(map(tuple, X.tolist()))
    assert first_batches(train, 4) == first_batches(train, 4) != first_batches(train, 5)


def noisy(x):
    return x + 0.1 * torch.randn(6)


def noisy_numpy(x):
    return x + torch.from_numpy(np.random.randn(6)).float()


def noisy_python(x):
    return x * random.random()


@pytest.mark.parametrize("change", [noisy, noisy_numpy, noisy_python])
def test_samples_that_change_are_streamed_paired_by_seed_and_move_nothing(change):
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    loader = data.DataLoader(Items(change), 7, shuffle=True)
    found = module_data(loader)
    assert isinstance(found.train, LoaderData)
    assert found.test is None
    assert "DataLoader is read batch by batch" in found.notes[0]
    assert not any("not paired" in note for note in found.notes)
    one, again = first_batches(found.train, 0, 20), first_batches(found.train, 0, 20)
    assert one == again != first_batches(found.train, 1, 20)
    assert one[0] != one[9]  # the second epoch is another one
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.array_equal(np.random.get_state()[1], before[1])
    assert random.getstate() == before[2]


class Backwards(data.Sampler):
    def __iter__(self):
        return iter(range(59, -1, -1))

    def __len__(self):
        return 60


class Rows(data.IterableDataset):
    def __iter__(self):
        return iter(TENSORS)


STREAMED = {
    "own sampler": data.DataLoader(TENSORS, 7, sampler=Backwards()),
    "with replacement": data.DataLoader(TENSORS, 7, sampler=data.RandomSampler(
        TENSORS, replacement=True, generator=torch.Generator())),
    "weighted": data.DataLoader(TENSORS, 7, sampler=data.WeightedRandomSampler(
        torch.ones(60), 60, generator=torch.Generator())),
    "collate": data.DataLoader(TENSORS, 7, collate_fn=lambda rows: data.default_collate(rows)),
    "iterable": data.DataLoader(Rows(), 7),
}  # fmt: skip


@pytest.mark.parametrize("kind", STREAMED)
def test_loaders_with_ways_of_their_own_are_iterated_as_they_are(kind):
    found = module_data((STREAMED[kind], (X, Y)))
    assert isinstance(found.train, LoaderData)
    assert not any("not paired" in note for note in found.notes)
    one = first_batches(found.train, 0, 12)
    assert one == first_batches(found.train, 0, 12)
    assert (one != first_batches(found.train, 1, 12)) == (kind in ("with replacement", "weighted"))
    if kind == "iterable":
        with pytest.raises(DataError, match=r"no length.* steps"):
            _ = found.train.steps_per_epoch


def test_data_that_keeps_its_own_random_numbers_is_said_not_to_be_paired():
    own = np.random.default_rng(0)
    loader = data.DataLoader(Items(lambda x: x * own.random()), 7)
    assert any("not paired" in note for note in module_data(loader).notes)


def test_worker_processes_of_a_loader_are_paired_too():
    loader = data.DataLoader(Items(noisy), 30, shuffle=True, num_workers=1)
    train = module_data(loader).train
    assert first_batches(train, 0, 2) == first_batches(train, 0, 2)


def test_pairs_of_each_kind():
    loader = data.DataLoader(TENSORS, 7)
    for pair in ((loader, TENSORS), (TENSORS, (X[:5], Y[:5])), ((X, Y), (X[:5], Y[:5]))):
        found = module_data(pair)
        assert (len(found.train), len(found.test)) in ((60, 60), (60, 5))


def load():
    return X, Y


def test_a_function_is_called_and_its_reference_kept():
    assert module_data(load).reference == f"{__name__}:load"
    assert module_data(f"{__name__}:load").reference == f"{__name__}:load"
    assert module_data(lambda: (X, Y)).reference is None


def test_pixels_are_scaled_and_counts_are_not():
    images = np.full((10, 4, 4), 255, np.uint8)
    assert float(module_data((images, np.arange(10) % 2)).train.inputs[0].max()) == 1
    counts = np.full((10, 4), 255, np.uint8)
    assert module_data((counts, np.arange(10) % 2)).train.inputs[0].dtype == torch.int64


def test_label_texts_are_numbered_alike_in_both_parts():
    names = np.array(["cat", "ant", "dog"])
    found = module_data((X, names[Y % 3], X[:4], np.array(["dog", "cat", "dog", "cat"])))
    assert found.classes == ("ant", "cat", "dog")
    assert found.test.y.tolist() == [2, 1, 2, 1]
    assert module_data((X, list(names[Y % 3]))).classes == ("ant", "cat", "dog")
    nested = module_data(((X.numpy(), names[Y % 3]), (X.numpy()[:2], names[1:])))
    assert nested.test.y.tolist() == [0, 2]
    objects = np.array([str(name) for name in names[Y % 3]], dtype=object)  # as pandas has them
    assert module_data((X, objects)).classes == ("ant", "cat", "dog")


def test_a_data_frame_is_an_array():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X.numpy())
    found = module_data((frame, pandas.Series(Y.numpy())))
    assert found.train.inputs[0].shape == (48, 6)


def test_several_inputs_are_the_entries_before_the_last():
    found = module_data(data.TensorDataset(X, X * 2, Y))
    inputs, target = next(batches(found.train, 0))
    assert torch.equal(inputs[1], 2 * inputs[0])
    assert target.shape == (48,)


def test_the_digest_is_of_the_samples():
    one = module_data((X, Y)).checksums["samples"]
    assert module_data((X.numpy(), Y.numpy())).checksums["samples"] == one
    other = X.clone()
    other[0, 0] += 1e-6
    assert module_data((other, Y)).checksums["samples"] != one
    assert len(module_data((X.bfloat16(), Y)).checksums["samples"]) == 64


BAD = X.clone()
BAD[3, 1] = float("nan")
REFUSED = {
    "lengths": ((X, Y[:-1]), r"one entry per sample; got shapes \(60, 6\) and \(59,\)"),
    "nan": ((BAD, Y), r"finite numbers; the number at \[3, 1\] is nan"),
    "nan in a Dataset": (
        data.TensorDataset(BAD, Y),
        r"finite numbers; the number at \[3, 1\] is nan",
    ),
    "inf target": ((X, X[:, 0] / 0), "y must hold finite numbers"),
    "empty": ((X[:0], Y[:0]), "^data: x and y hold no samples"),
    "empty set": (data.TensorDataset(X[:0], Y[:0]), "holds no sample"),
    "one sample": ((X[:1], Y[:1]), "two samples or more"),
    "texts": ((np.array([["a"]] * 60), Y), "must hold numbers"),
    "no target": (data.TensorDataset(X), "two or more tensors"),
    "three": ((X, Y, X), r"\(x, y\), "),
    "a number": (3, "got 'int'"),
    "broken set": (Items(lambda x: x.nope), r"could not be fetched at test_data.py, line \d+"),
    "broken function": (lambda: 1 / 0, r"failed at test_data.py, line \d+, .*ZeroDivision"),
    "nothing": (lambda: None, "data must be"),
    "not finite": (
        (X * np.nan, Y),
        r"^data: x must hold finite numbers; the number at \[0, 0\] is nan",
    ),
    "texts as inputs": ((np.array([["a"], ["b"]]), [0, 1]), "^data: x must hold numbers; .* <U1"),
    "other lengths": ((X, Y[:5]), "^data: x and y must hold one entry per sample"),
    "not finite in a part": ((X, Y, X * np.nan, Y), "^data: validation x must hold finite"),
    "a name per sample": ((X, [f"id {k}" for k in range(60)]), "60 texts that are all different"),
    "no such file": ("nowhere.npz", "nowhere"),
    "no such function": (f"{__name__}:loda", "Did you mean 'load'"),
    "no such module": ("nowhere.at_all:load", "no module 'nowhere'"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_used_is_told_in_a_sentence(kind):
    value, words = REFUSED[kind]
    with pytest.raises(InitlabError, match=words):
        module_data(value)


def test_settings_that_do_not_go_with_the_data_are_refused():
    with pytest.raises(ArgumentError, match="n_validation must be left out"):
        module_data((X, Y, X, Y), n_validation=3)
    with pytest.raises(ArgumentError, match=r"batch_size .*got 61.*60 training samples"):
        module_data((X, Y, X, Y), batch_size=61)
    with pytest.raises(ArgumentError, match="batch_size must be left out"):
        module_data(STREAMED["own sampler"], batch_size=3)


def test_a_task_that_decides_what_texts_mean_is_kept():
    texts = np.array(["3", "5", "9"])[Y % 3]
    with pytest.raises(DataError, match="give --task"):
        module_data((X, texts))
    for said in ("classification", "regression"):
        assert module_data((X, texts), task=said).task == said
        assert module_data((X, texts), loss_task=said).task == said
    assert module_data((X, Y), task="classification").task is None  # as they are
    assert module_data((X, np.array(["a", "b", "c"])[Y % 3])).task is None


def test_shares_are_kept_only_where_the_parts_are_dealt_out_here():
    y = np.repeat([0, 1], [50, 10])
    assert [module_data((X, y), stratify=said).stratify for said in (None, True, False)] == [
        True, True, False,
    ]  # fmt: skip
    assert int((module_data((X, y)).test.y == 1).sum()) == 2
    digits = module_data("digits")
    assert digits.stratify is None
    for one in ("digits", (X, y, X, y), STREAMED["own sampler"]):
        assert module_data(one, stratify=False).stratify is None
        with pytest.raises(ArgumentError, match=r"^stratify must be .*left out"):
            module_data(one, stratify=True)


def test_an_image_set_is_for_classification():
    assert module_data("digits", task="classification").classes == tuple("0123456789")
    with pytest.raises(
        ArgumentError, match=r"^task must be left out or classification, because digits has classes"
    ):
        module_data("digits", task="regression")


def test_a_failing_stream_names_the_users_line():
    def fail(rows):
        raise OSError("gone")

    loader = data.DataLoader(TENSORS, 7, collate_fn=fail)
    with pytest.raises(DataError, match=r"DataLoader failed at test_data.py, .*gone"):
        module_data((loader, (X, Y)))


@settings(max_examples=40)
@given(
    count=st.integers(1, 40), size=st.integers(1, 40), seed=st.integers(0, 9),
    shuffle=st.booleans(), drop=st.booleans(),
)  # fmt: skip
def test_every_epoch_holds_each_sample_once_but_for_a_dropped_rest(
    count, size, seed, shuffle, drop
):
    size = min(size, count)
    x = torch.arange(count)
    part = InMemory((x,), x, size, shuffle, drop)
    steps = part.steps_per_epoch
    given = batches(part, seed)
    for _ in range(3):
        rows = torch.cat([next(given)[1] for _ in range(steps)]).tolist()
        assert len(set(rows)) == len(rows) == (count // size * size if drop else count)


def test_parts_in_train_test_splits_order_and_several_inputs_are_told_what_to_do():
    with pytest.raises(DataError, match=r"the order must be x_train, y_train, .* 40, 20, 40, 20"):
        module_data((X[:40], X[40:60], Y[:40], Y[40:60]))
    with pytest.raises(DataError, match=r"For several inputs give a TensorDataset\(x1, x2"):
        module_data(((np.ones((9, 4)), np.ones((9, 4))), np.zeros(9)))
