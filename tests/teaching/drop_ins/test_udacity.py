"""The helpers of the course on Fashion-MNIST: printed lines, figures, image sets, and a kernel."""

from __future__ import annotations

import copy
import re
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import initlab  # noqa: E402
from initlab.errors import InitlabError  # noqa: E402
from initlab.teaching.repair import repair_notebook  # noqa: E402
from initlab.teaching.repair.torchvision import STAND_INS  # noqa: E402

from ...cli.running import initlab as command  # noqa: E402
from ...datasets.making import REAL_DATA, needs_real_data  # noqa: E402
from ..notebooks import sources, write  # noqa: E402
from ..stand_ins.running import as_notebook, run  # noqa: E402
from .test_kernel import jupyter_as_installed as jupyter_as_installed  # noqa: E402 - a fixture


@pytest.fixture
def figures(monkeypatch):
    """What was shown: (title, curves or bars) of each figure."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    shown = []

    def show():
        shown.append(plt.gca())
        plt.figure()

    monkeypatch.setattr(plt, "show", show)
    plt.figure()
    yield shown
    plt.close("all")


def loaders(n=200):
    """Two easy classes, as DataLoaders."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(n, 4, generator=generator)
    data = torch.utils.data.TensorDataset(x, (x[:, 0] > 0).long())
    train = torch.utils.data.DataLoader(data, batch_size=20, shuffle=True)
    return train, torch.utils.data.DataLoader(data, batch_size=50)


def network(value=None):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    if value is not None:
        for one in model.parameters():
            torch.nn.init.constant_(one, value)
    return model


def test_the_lines_are_printed_as_in_the_course(capsys, figures):
    initlab.compare_init_weights(
        [(network(0.0), "All Zeros"), (network(), "Default")], "A title", *loaders(), 7
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "After 2 Epochs:"
    assert lines[1] == "Validation Accuracy"
    assert lines[4] == "Training Loss"
    number = r"  ( {0,2}\d{1,3}\.\d{3})"
    for line, ending in zip(lines[2:4], ("% -- All Zeros", "% -- Default"), strict=True):
        assert re.fullmatch(number + ending, line), line
    for line, ending in zip(lines[5:], ("  -- All Zeros", "  -- Default"), strict=True):
        assert re.fullmatch(number + ending, line), line
    assert float(lines[5].split()[0]) == pytest.approx(np.log(2), abs=0.02)
    (ax,) = figures
    assert ax.get_title() == "A title"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Batches", "Loss")
    assert [len(line.get_ydata()) for line in ax.lines] == [7, 7]
    assert [line.get_color() for line in ax.lines] == ["r", "b"]


def test_the_printed_numbers_are_those_of_the_trained_models(capsys, figures):
    train, valid = loaders()
    model = network()
    initlab.compare_init_weights([(model, "one")], "", train, valid)
    x, y = valid.dataset.tensors
    accuracy = float((model(x).argmax(dim=1) == y).double().mean())
    assert f"{100 * accuracy:7.3f}% -- one" in capsys.readouterr().out
    assert not torch.equal(model[0].weight, network()[0].weight)  # trained in place


def test_every_model_sees_the_same_batches_and_a_seventh_one_is_drawn(capsys, figures):
    models = [(network(), f"copy {k}") for k in range(8)]
    initlab.compare_init_weights(models, "", *loaders())
    (ax,) = figures
    first = ax.lines[0].get_ydata()
    assert all(np.array_equal(first, line.get_ydata()) for line in ax.lines)
    assert len({str(line.get_color()) for line in ax.lines}) == 8


def test_a_model_that_diverges_is_printed_as_nan_never_as_chance(capsys, figures):
    train, valid = loaders()
    initlab.compare_init_weights([(network(1e30), "huge"), (network(), "fine")], "", train, valid)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "      nan% -- huge"
    assert "nan" not in lines[3]


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ([], "model_list must be a list of"),
        ([network()], "model_list must be a list of"),
        ([("he_normal", "label")], "model_list must be a list of"),
        (
            [(network(), "a"), (torch.nn.Linear(5, 2), "b")],
            "forward pass fails on a batch of shape",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_before_training(models, words, figures):
    before = copy.deepcopy([m for m, _ in models if not isinstance(m, str)] if models and
                           isinstance(models[0], tuple) else [])  # fmt: skip
    with pytest.raises(InitlabError, match=words):
        initlab.compare_init_weights(models, "", *loaders())
    assert not figures
    for old, (new, _) in zip(before, models, strict=False):
        assert all(map(torch.equal, old.parameters(), new.parameters()))


def test_one_model_twice_goes_on_as_in_the_course(figures, capsys):
    model = network()
    initlab.compare_init_weights([(model, "a"), (model, "b")], "", *loaders())
    (ax,) = figures
    first, second = (line.get_ydata() for line in ax.lines)
    assert second[0] < first[0]


def test_a_histogram_has_half_as_many_bins_as_values(figures):
    values = np.random.default_rng(0).uniform(-3, 3, 1000)
    initlab.hist_dist("Uniform", values)
    initlab.hist_dist("Tensor", torch.from_numpy(values).requires_grad_(), hist_range=(-3, 3))
    first, second = figures
    assert first.get_title() == "Uniform"
    assert len(first.patches) == len(second.patches) == 500
    assert first.patches[0].get_x() == -4
    counts = np.histogram(values, bins=500, range=(-4, 4))[0]
    assert [bar.get_height() for bar in first.patches] == counts.tolist()
    assert second.patches[-1].get_x() + second.patches[-1].get_width() == pytest.approx(3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(([1.0],), "two numbers or more"), ((["a", "b"],), "must be finite numbers"),
     (([1, 2], (1, 1)), "low < high")],
)  # fmt: skip
def test_a_histogram_of_nothing_is_refused(arguments, words, figures):
    with pytest.raises(InitlabError, match=words):
        initlab.hist_dist("title", *arguments)


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("from torchvision import datasets",
         "from initlab.teaching.drop_ins.udacity import datasets"),
        ("from torchvision import datasets, transforms",
         "from initlab.teaching.drop_ins.udacity import datasets, transforms"),
        ("import torchvision.transforms as T\nT.ToTensor()",
         "import initlab.teaching.drop_ins.udacity.transforms as T\nT.ToTensor()"),
        ("from torchvision.datasets import FashionMNIST",
         "from initlab.teaching.drop_ins.udacity.datasets import FashionMNIST"),
        ("import torchvision\ntorchvision.datasets.MNIST('x')",
         "import initlab.teaching.drop_ins.udacity as torchvision\n"
         "torchvision.datasets.MNIST('x')"),
        ("import torch, torchvision",
         "import torch, initlab.teaching.drop_ins.udacity as torchvision"),
        ("import torchvision.transforms",
         "import initlab.teaching.drop_ins.udacity as torchvision"),
        ("from torchvision import datasets, models, transforms as T",
         "from initlab.teaching.drop_ins.udacity import datasets, transforms as T"),
    ],
)  # fmt: skip
def test_torchvision_gives_way_where_the_drop_in_has_all_that_is_used(source, after, tmp_path):
    path = write(tmp_path / "old.ipynb", source)
    done = repair_notebook(path)
    assert sources(done.written) == [after]
    assert not done.left
    assert repair_notebook(done.written).changes == []


@pytest.mark.parametrize(
    "source",
    ["from torchvision import datasets\ndatasets.CIFAR10('x')",
     "from torchvision import models",
     "import torchvision.transforms as T\nT.RandomRotation(3)",
     "import torchvision\ntorchvision.utils.make_grid(x)",
     "from torchvision import datasets, models\nmodels.resnet18()",
     "from torchvision.datasets import CIFAR10"],
)  # fmt: skip
def test_torchvision_stays_and_is_named_where_more_is_used(source, tmp_path):
    done = repair_notebook(write(tmp_path / "old.ipynb", source))
    assert sources(done.written) == [source]
    assert [one.name for one in done.left] == ["torchvision"]


def test_every_stand_in_exists():
    import initlab.teaching.drop_ins.udacity as ours

    for part, names in STAND_INS.items():
        assert all(hasattr(getattr(ours, part), name) for name in names)


def test_to_tensor_normalize_and_compose_do_what_torchvisions_do():
    from initlab.teaching.drop_ins.udacity import transforms

    image = np.arange(784, dtype=np.uint8).reshape(28, 28)
    chain = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.25,))])
    found = chain(image)
    assert found.shape == (1, 28, 28)
    assert found.dtype == torch.float32
    assert found.numpy() == pytest.approx((image[None] / 255 - 0.5) / 0.25, abs=1e-6)
    assert "ToTensor()" in repr(chain)
    assert transforms.Lambda(lambda x: x.view(-1))(found).shape == (784,)


@needs_real_data
def test_images_are_those_of_the_published_files(tmp_path):
    from initlab.teaching.drop_ins.udacity import datasets, transforms

    data = datasets.FashionMNIST(REAL_DATA, train=False, transform=transforms.ToTensor())
    assert len(data) == 10_000
    image, label = data[0]
    assert (tuple(image.shape), label, data.classes[label]) == ((1, 28, 28), 9, "Ankle boot")
    assert float(image.max()) == pytest.approx(1.0)
    assert int(data.data[0].max()) == 255
    assert data.test_labels is data.targets  # as old notebooks call it
    assert data.classes[data.class_to_idx["Bag"]] == "Bag"
    assert "Number of datapoints: 10000" in repr(data)


@needs_real_data
def test_the_whole_notebook_runs_in_a_kernel_after_fix(tmp_path, monkeypatch):
    monkeypatch.setenv("INITLAB_DATA", str(REAL_DATA))
    folder = tmp_path / "empty"
    folder.mkdir()
    done = command("dropin", "udacity", ".", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in folder.iterdir()] == ["helpers.py"]
    fixed = repair_notebook(as_notebook("udacity", folder))
    assert {change.rule for change in fixed.changes} == {
        "torchvision", "iterator-next", "whole-counts"
    }  # fmt: skip
    assert not fixed.left
    ran = run(fixed.written, fresh=True)
    assert not ran.error
    assert "60000 10000 40 10" in ran.text
    assert [one.figures for one in ran.cells] == [0, 1, 0, 1, 1, 1, 0]
    first, second = (ran.cells[k].text for k in (3, 5))
    assert first.startswith("After 2 Epochs:\nValidation Accuracy\n")
    for label in ("All Zeros", "All Ones"):
        accuracy = float(re.search(rf"([\d.]+)% -- {label}", first)[1])
        assert 5 < accuracy < 15
    assert len(re.findall(r"% -- ", second)) == 7
    assert float(re.search(r"([\d.]+)% -- Default", second)[1]) > 65
    assert ran.cells[6].text.split() == ["80", "True", "True"]
    shutil.rmtree(folder)


def test_a_model_that_cannot_be_written_is_refused_before_any_is_trained():
    plain, expanded = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    expanded.weight = torch.nn.Parameter(torch.ones(2, 1).expand(2, 2))
    before = plain.weight.detach().clone()
    pair = (torch.randn(20, 2), torch.arange(20) % 2)
    with pytest.raises(initlab.DataError, match="an expanded parameter, whose entries share"):
        initlab.compare_init_weights([(plain, "a"), (expanded, "b")], "t", pair, pair)
    assert torch.equal(plain.weight, before)
