"""compare(model=...): any module, data in every form, and results like the dense engine's."""

from __future__ import annotations

import json
import math
import threading
from typing import ClassVar

import numpy as np
import pytest

import initlab
from initlab.comparison import compare_again
from initlab.comparison.stored import read_comparison
from initlab.errors import ArgumentError, DataError, StudyError
from initlab.report import render_page

from ..engines.torch.making import (
    Course,
    Everything,
    Lstm,
    ResNet,
    Tied,
    Transformer,
    blobs,
    functional,
    mlp,
    nn,
    torch,
)


def compared(model=mlp, data=None, **options):
    settings = {"inits": ["default", "he_normal"], "seeds": 2, "steps": 6, "progress": False}
    return initlab.compare(model=model, data=blobs() if data is None else data,
                           **{**settings, **options})  # fmt: skip


def records(result):
    return {(cell.init, cell.seed): cell.to_record() for cell in result.cells}


def digits_course():
    return Course(64)


@pytest.mark.parametrize("model", [digits_course, ResNet, Transformer, Lstm])
def test_networks_of_every_kind_compare_from_the_same_call(model, tmp_path):
    result = initlab.compare(
        model=model, data="digits", inits=["default", "orthogonal"], seeds=2, epochs=1,
        learning_rate=0.01, progress=False,
    )  # fmt: skip
    assert [cell.outcome for cell in result.cells] == ["finished"] * 4
    assert result.analysis.engine.startswith("dense" if model is digits_course else "torch, cpu")
    assert "validation accuracy" in str(result.summary())
    for cell in result.cells:
        assert min(cell.curve["train_loss"]) < cell.curve["train_loss"][0]
        assert 0 < cell.metrics["validation_accuracy"] <= 1
    assert {"scores", "loss_curves"} <= set(result.figures())
    result.plot(tmp_path / "report")
    assert (tmp_path / "report" / "index.html").exists()
    assert json.loads(result.to_json())["study"]["module"]["parameters"] > 0


def test_the_engine_is_chosen_and_named():
    assert compared().analysis.engine.startswith("dense")
    assert compared(engine="torch").analysis.engine == "torch, cpu, one by one"
    assert compared(Everything).analysis.engine.startswith("torch")
    with pytest.raises(ArgumentError, match=r"engine .*the module is not a plain stack"):
        compared(Everything, engine="dense")
    with pytest.raises(ArgumentError, match=r"engine .*gradients are clipped"):
        compared(engine="dense", clip_norm=1.0)


# Both engines on one dense network: the same weights and batches.

WIDE, SMALL = (6, 70, 8), (6, 12)  # trained by BLAS, and by a compiled kernel
DENSE = [(SMALL, "momentum", nn.ReLU, "cross_entropy")] + [
    (WIDE, optimizer, nonlinearity, task)
    for optimizer in ("sgd", "momentum", "adam", "gd")
    for nonlinearity in (nn.ReLU, nn.Tanh)
    for task in ("cross_entropy", "bce")
]


@pytest.mark.parametrize(("widths", "optimizer", "nonlinearity", "task"), DENSE)
def test_both_engines_agree_to_rounding_over_60_steps(widths, optimizer, nonlinearity, task):
    x, y = blobs(90)
    if task == "bce":
        y = (y > 0).long()
    outputs = 3 if task == "cross_entropy" else 1

    def build():
        return mlp((*widths, outputs), nonlinearity).double()

    options = {
        "inits": ["he_normal", "default"], "seeds": 2, "steps": 60, "learning_rate": 0.05,
        "optimizer": "sgd" if optimizer == "momentum" else optimizer, "record_every": 1,
        "momentum": 0.9 if optimizer == "momentum" else None,
        "batch_size": None if optimizer == "gd" else 16,
    }  # fmt: skip
    dense = compared(build, (x, y), engine="dense", **options)
    own = compared(build, (x, y), engine="torch", **options)
    assert dense.analysis.engine == ("dense, BLAS" if widths is WIDE else "dense, compiled")
    for a, b in zip(dense.cells, own.cells, strict=True):
        assert np.allclose(a.curve["train_loss"], b.curve["train_loss"], rtol=0, atol=1e-10)
        for name, other in b.parameters.items():
            layer = 1 + ["0", "2", "4"].index(name[0])
            value = a.parameters[("W" if name.endswith("weight") else "b") + str(layer)]
            assert np.allclose(value, other.reshape(value.shape), rtol=0, atol=1e-10)
        assert a.initial_loss == pytest.approx(b.initial_loss, abs=1e-12)
        for name in ("train_loss", "validation_loss", "validation_accuracy"):
            assert a.metrics[name] == pytest.approx(b.metrics[name], abs=1e-10)
        assert list(a.gradient_norms.values()) == pytest.approx(
            list(b.gradient_norms.values()), abs=1e-12
        )


def test_both_engines_tell_the_same_of_units():
    dense, own = (compared(inits=["zeros", "he_normal"], engine=e) for e in ("dense", "torch"))
    for a, b in zip(dense.cells, own.cells, strict=True):
        assert a.start.dead_share == pytest.approx(b.start.dead_share)
        assert a.start.distinct_units == b.start.distinct_units
        assert a.start.saturated_share["output"] == pytest.approx(b.start.saturated_share["output"])


# Results do not depend on company.


def test_results_do_not_depend_on_workers_order_or_company():
    whole = records(compared(Everything, inits=["default", "he_normal", "as_built"], workers=1))
    again = compared(Everything, inits=["as_built", "default", "he_normal"], workers=4)
    assert records(again) == whole
    alone = records(compared(Everything, inits=["he_normal"], seeds=[1]))
    assert alone == {("he_normal", 1): whole["he_normal", 1]}


class Threads(nn.Module):
    """Notes how many threads torch has while a worker trains a copy."""

    seen: ClassVar[set[int]] = set()

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(6, 3)

    def forward(self, x):
        if threading.current_thread() is not threading.main_thread():
            self.seen.add(torch.get_num_threads())
        return self.body(x)


@pytest.mark.usefixtures("two_threads")
def test_a_module_is_trained_on_one_thread():
    compared(Threads, workers=2, engine="torch")
    assert Threads.seen == {1}


@pytest.mark.usefixtures("two_threads")
def test_a_module_is_copied_and_nothing_global_moves():
    module = Everything().eval()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    states = torch.get_rng_state(), np.random.get_state()[1].copy()
    setting = torch.get_num_threads(), torch.get_default_dtype(), torch.is_grad_enabled()
    compared(module, inits=["as_built", "he_normal", "default"])
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert not module.training
    assert all(one.grad is None for one in module.parameters())
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1])
    assert (torch.get_num_threads(), torch.get_default_dtype(), torch.is_grad_enabled()) == setting


def test_as_built_of_a_module_is_the_module_at_every_seed():
    module = mlp()
    result = compared(module, inits=["as_built"], steps=0, engine="torch")
    for cell in result.cells:
        assert np.array_equal(cell.parameters["0.weight"], module[0].weight.detach().numpy())


def test_as_built_of_a_factory_is_drawn_by_the_seed():
    def build():
        model = mlp()
        model[0].weight.data *= float(np.random.rand())  # a factory may draw from NumPy too
        return model

    one, other = (compared(build, inits=["as_built"], engine="torch") for _ in range(2))
    assert records(one) == records(other)
    assert one.cells[0].initial_loss != one.cells[1].initial_loss


def test_default_is_the_layers_own_reset():
    bound = 1 / math.sqrt(6)  # torch's Linear: weights and biases uniform within 1/sqrt(fan_in)
    for engine, name in (("torch", "0.weight"), ("dense", "W1")):
        cell = compared(inits=["default"], steps=0, engine=engine).cells[0]
        weight = cell.parameters[name]
        assert 0.8 * bound < np.abs(weight).max() <= bound


class Bare(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.full((6,), 2.0))
        self.shift = nn.Parameter(torch.zeros(6))
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        return self.fc(x * self.scale + self.shift)


class BareDrawn(Bare):
    def __init__(self):
        super().__init__()
        self.scale.data.normal_()


def test_parameters_that_no_start_knows_stay_as_built_and_are_named():
    result = compared(BareDrawn, steps=0, inits=["he_normal"])
    assert result.notes == (
        "1 parameter (scale) is not recognised by he_normal, so it keeps the values that the "
        "model was built with.",
        "he_normal does not change 1 parameter (shift), because the model gives it the same "
        "values every time the model is built.",
    )
    chosen = compared(Bare, steps=0, inits=["he_normal"])
    assert np.array_equal(chosen.cells[0].parameters["scale"], np.full(6, 2.0, np.float32))
    assert ["not change 2 parameters (scale, shift)" in note for note in chosen.notes] == [True]


def test_a_model_with_a_layer_of_width_0_trains_as_built_and_other_models_keep_their_biases():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(6, 3)
            with pytest.warns(UserWarning, match="zero-element"):
                self.nothing = nn.Linear(0, 3)

        def forward(self, x):
            return self.fc(x)

    result = compared(Model, inits=["as_built"], steps=2)
    assert {cell.outcome for cell in result.cells} == {"finished"}
    assert result.study.problem.module.biases is None
    assert compared(steps=0).study.problem.module.biases == ("0.bias", "2.bias")


def test_numbers_that_are_not_finite_as_the_model_was_built_are_noted():
    def model():
        built = mlp()
        built[0].weight.data[2, 1] = math.nan
        return built

    assert compared(model, inits=["he_normal"], steps=0).notes == (
        "0.weight holds NaN or infinite numbers right after the model is built. In the counts "
        "of distinct units, a unit with NaN or an infinite number among its weights never counts "
        "as a copy of another unit.",
    )


def test_notes_reach_summary_document_and_a_stored_study(tmp_path):
    result = compared(Bare, steps=2, inits=["he_normal"], seeds=1)
    (note,) = result.notes
    assert note in " ".join(str(result.summary()).split())
    assert json.loads(result.to_json(tmp_path / "study.json"))["notes"] == [note]
    again = read_comparison(tmp_path / "study.json")
    assert again.notes == (note,)
    assert note in render_page(again.analysis)


class OwnWeights(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(6, 3))

    def forward(self, x):
        return x @ self.weight


@pytest.mark.parametrize("init", ["he_normal", "default"])
def test_an_init_that_sets_no_parameter_is_refused(init):
    with pytest.raises(ArgumentError, match="sets none of weight") as caught:
        compared(OwnWeights, inits=["as_built", init])
    assert caught.value.value == init
    assert compared(OwnWeights, inits=["as_built"], steps=0).notes == ()


def test_tied_and_frozen_parameters_stay_so():
    result = compared(Tied, inits=["he_normal"], seeds=1, steps=3)
    built = compared(Tied, inits=["he_normal"], seeds=1, steps=0)
    end, start = result.cells[0].parameters, built.cells[0].parameters
    assert "second.weight" not in end  # once, under its first name
    assert np.array_equal(end["head.bias"], start["head.bias"])
    assert not np.array_equal(end["first.weight"], start["first.weight"])
    assert result.analysis.engine.startswith("torch")


# Tasks


def test_a_regression_is_scored_by_r2():
    x, _ = blobs(80)
    y = x[:, 0] * 2 - x[:, 1]
    result = compared(lambda: mlp((6, 16, 1)), (x, y), steps=300, learning_rate=0.01)
    assert (result.study.problem.loss, result.study.metric) == ("mse", "validation_r2")
    for cell in result.cells:
        assert cell.metrics["validation_r2"] > 0.8


def test_a_constant_target_of_validation_has_no_r2_and_is_no_divergence():
    x, _ = blobs(40)
    result = compared(lambda: mlp((6, 4, 1)), (x[:30], x[:30, 0], x[30:], torch.ones(10)))
    assert result.study.metric == "validation_loss"
    assert {cell.outcome for cell in result.cells} == {"finished"}


@pytest.mark.parametrize("dtype", [torch.int64, torch.float32, torch.bool])
def test_one_logit_answers_two_classes(dtype):
    x, y = blobs(60, classes=2)
    result = compared(lambda: mlp((6, 8, 1)), (x, y.to(dtype)), loss="bce_with_logits",
                      steps=100, learning_rate=0.05)  # fmt: skip
    assert result.study.problem.loss == "binary_cross_entropy"
    assert all(cell.metrics["validation_accuracy"] == 1 for cell in result.cells)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.head = nn.Embedding(5, 6), nn.Conv1d(6, 5, 1)

    def forward(self, tokens):
        return self.head(self.embed(tokens).transpose(1, 2))  # (n, classes, positions)


def test_sequences_are_scored_by_position_and_ignored_labels_are_left_out():
    tokens = torch.randint(0, 5, (50, 7), generator=torch.Generator().manual_seed(0))
    target = tokens.clone()
    target[:, -3:] = -100
    result = compared(Tagger, (tokens, target), steps=150, learning_rate=0.1)
    assert all(cell.metrics["validation_accuracy"] == 1 for cell in result.cells)


def f1(outputs, target):
    return float((outputs.argmax(1) == target).double().mean())


def negative(outputs, target):
    return -float(outputs.abs().mean())


def test_metrics_by_name_and_callable():
    result = compared(metric=f1, metrics=[negative])
    assert result.study.metric == "validation_f1"
    for cell in result.cells:
        assert cell.metrics["validation_f1"] == cell.metrics["validation_accuracy"]
        assert cell.metrics["validation_negative"] < 0
    assert compared(metric="accuracy", metrics=["accuracy"]).study.metric == "validation_accuracy"
    assert compared(metric="train_loss").study.metric == "train_loss"
    with pytest.raises(ArgumentError, match=r"metric .*Did you mean 'validation_loss'"):
        compared(metric="validation_los")


def test_a_metric_without_a_number_is_missing_and_no_divergence():
    result = compared(metrics=[undefined])
    assert {cell.outcome for cell in result.cells} == {"finished"}
    assert {cell.metrics["validation_undefined"] for cell in result.cells} == {None}


def undefined(outputs, target):
    return math.nan


def test_losses_by_name_function_module_class_and_callable():
    for loss in (None, "cross_entropy", functional.cross_entropy, nn.CrossEntropyLoss,
                 nn.CrossEntropyLoss()):  # fmt: skip
        result = compared(loss=loss)
        assert result.study.problem.loss == "cross_entropy"
        assert result.analysis.engine.startswith("dense")
    smooth = compared(loss=nn.CrossEntropyLoss(label_smoothing=0.1))
    weighted = compared(loss=nn.CrossEntropyLoss(weight=torch.ones(3)))
    assert smooth.study.problem.loss == weighted.study.problem.loss == "CrossEntropyLoss"
    assert smooth.analysis.engine.startswith("torch")
    twice = compared(loss=lambda z, y: 2 * functional.cross_entropy(z, y), seeds=1)
    assert twice.cells[0].initial_loss == pytest.approx(
        2 * compared(seeds=1).cells[0].initial_loss, rel=1e-5
    )


def test_keys_tell_losses_with_other_arguments_and_loaders_with_another_order_apart():
    x, y = blobs()
    samples = torch.utils.data.TensorDataset(torch.as_tensor(x), torch.as_tensor(y))

    def key(**settings):
        return compared(seeds=1, steps=1, **settings).cells[0].key

    def loader(**order):
        return torch.utils.data.DataLoader(samples, 16, **order)

    losses = [nn.CrossEntropyLoss(label_smoothing=0.1), nn.CrossEntropyLoss(label_smoothing=0.2),
              nn.CrossEntropyLoss(weight=torch.ones(3)),
              nn.CrossEntropyLoss(weight=torch.arange(1.0, 4.0))]  # fmt: skip
    assert len({key(loss=loss) for loss in losses}) == len(losses)
    assert key(loss=losses[0]) == key(loss=nn.CrossEntropyLoss(label_smoothing=0.1))
    orders = [{"shuffle": True}, {"shuffle": False}, {"shuffle": True, "drop_last": True}]
    assert len({key(data=(loader(**order), loader())) for order in orders}) == len(orders)


def test_log_probabilities_and_nll_are_a_dense_stack_too():
    def build():
        return nn.Sequential(*mlp(), nn.LogSoftmax(dim=1))

    dense, own = (compared(build, loss="nll", engine=e) for e in ("dense", "torch"))
    for a, b in zip(dense.cells, own.cells, strict=True):
        assert a.curve["train_loss"] == pytest.approx(b.curve["train_loss"], rel=1e-5)


def test_optimizers_by_name_and_class_with_arguments():
    by_name = compared(Everything, optimizer="adamw", optimizer_arguments={"weight_decay": 0.5})
    by_class = compared(Everything, optimizer=torch.optim.AdamW,
                        optimizer_arguments={"weight_decay": 0.5})  # fmt: skip
    assert records(by_name) == records(by_class)
    assert records(by_name) != records(compared(Everything, optimizer="adamw"))


def test_biases_rates_epochs_and_recording():
    result = compared(inits=["he_normal"], bias_init="constant(value=0.5)", steps=0, engine="torch")
    assert np.all(result.cells[0].parameters["0.bias"] == 0.5)
    several = compared(Everything, learning_rate=[1e-4, 0.03], epochs=20, steps=None)
    assert several.study.learning_rates == (1e-4, 0.03)
    assert {cell.learning_rate for cell in several.cells} == {0.03}
    assert several.study.training.steps == 20  # 48 samples are one batch
    sparse = compared(Everything, steps=25, record_every=10, batch_size=7)
    assert sparse.cells[0].curve["step"] == [0, 10, 20]
    assert sparse.cells[0].curve["epoch"] == [0, 10 / 7, 20 / 7]


def test_a_diverging_rate_gives_diverged_cells_beside_untouched_ones():
    def loss(outputs, target):
        return functional.mse_loss(outputs, target)

    x, _ = blobs()

    def build():
        return nn.Sequential(nn.Linear(6, 8), nn.Softplus(), nn.Linear(8, 3), nn.Identity())

    options = {"data": (x, x[:, :3]), "loss": loss, "optimizer": "sgd", "steps": 60}
    wild = compared(build, learning_rate=1e3, inits=["he_normal", "zeros"], **options)
    assert {cell.outcome for cell in wild.cells} == {"diverged"}
    for cell in wild.cells:
        assert 0 < cell.diverged_step < 60
        assert len(cell.curve["step"]) == cell.diverged_step + 1
        assert set(cell.metrics.values()) == {None}
        assert cell.end is None
    assert wild.verdict == "Nothing trained: all 4 runs diverged."
    mixed = compared(build, learning_rate=0.02, inits=["normal(std=1e18)", "he_normal"], **options)
    alone = compared(build, learning_rate=0.02, inits=["he_normal"], **options)
    assert [cell.outcome for cell in mixed.cells] == ["diverged"] * 2 + ["finished"] * 2
    assert records(alone).items() <= records(mixed).items()


def test_not_finite_at_step_0_names_the_layer():
    result = compared(Everything, inits=["normal(std=1e38)"], seeds=1)
    (cell,) = result.cells
    assert (cell.outcome, cell.diverged_step) == ("diverged", 0)
    assert cell.first_nonfinite.startswith("output of ")
    json.loads(result.to_json(), parse_constant=lambda token: pytest.fail(token))


# Again, from the file


def load_blobs():
    return blobs()


def build_everything():
    return Everything()


def test_an_importable_study_is_run_again_to_the_last_digit(tmp_path):
    result = compared(
        build_everything, load_blobs, loss=functional.cross_entropy, metric=f1, seeds=[4, 2],
        optimizer="adamw", optimizer_arguments={"weight_decay": 0.1}, clip_norm=1.0, batch_size=9,
        learning_rate=[0.01, 0.02], inits=["default", "orthogonal(gain=1.5)"], n_validation=13,
    )  # fmt: skip
    path = tmp_path / "study.json"
    result.to_json(path)
    again, stored = compare_again(path, progress=False)
    assert again.analysis.to_record() == stored.to_record()
    assert stored.study.problem == again.study.problem
    assert result.analysis.next.startswith("initlab compare tests.comparison.test_modules:build_")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"data": blobs()}, "its data existed in memory"),
        ({"model": lambda: mlp()}, "its model existed in memory"),
        ({"metric": lambda z, y: 0.5}, "metrics existed in memory"),
        ({"loss": lambda z, y: functional.cross_entropy(z, y)}, "<lambda>, existed in memory"),
    ],
)
def test_what_lives_in_memory_cannot_be_run_from_a_file(options, reason, tmp_path):
    path = tmp_path / "study.json"
    compared(**{"model": build_everything, "data": load_blobs, **options}).to_json(path)
    with pytest.raises(StudyError, match=reason):
        compare_again(path, progress=False)


def test_data_that_changed_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "study.json"
    compared(build_everything, load_blobs).to_json(path)
    monkeypatch.setattr(f"{__name__}.blobs", lambda: (torch.zeros(60, 6), torch.arange(60) % 3))
    with pytest.raises(
        StudyError, match="The samples of the data differ from the samples of the stored study"
    ):
        compare_again(path, progress=False)


# Refusals


@pytest.mark.parametrize(
    "option",
    [
        {"layer_dims": [6, 3]}, {"dropout": 0.1}, {"nonlinearity": "relu"}, {"stream": "course"},
        {"dtype": "float32"}, {"loss_form": "logits"}, {"n_train": 5}, {"name": "circles"},
        {"noise": 0.1}, {"final_test": True}, {"label": "y"},
        {"header": True}, {"one_hot": ["a"]}, {"missing": "drop"},
    ],
)  # fmt: skip
def test_options_that_the_module_decides_are_refused_in_a_sentence(option):
    (name,) = option
    with pytest.raises(ArgumentError, match=f"^{name} must be left out when a model is given"):
        compared(**option)


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"model": 3}, ArgumentError, "model must be a torch.nn.Module, a function"),
        ({"model": lambda: 3}, DataError, "a function that returns a torch.nn.Module; got 3"),
        ({"model": lambda: 1 / 0}, DataError, r"failed at test_modules.py, line \d+.*ZeroDivision"),
        ({"model": nn.Flatten}, DataError, "with parameters to train"),
        ({"optimizer": "adan"}, ArgumentError, "Did you mean 'adam'"),
        ({"optimizer_arguments": {"weigth_decay": 1}}, ArgumentError, "mean 'weight_decay'"),
        ({"optimizer_arguments": {"lr": 1}}, ArgumentError, "outside optimizer_arguments"),
        ({"optimizer_arguments": {"betas": 3}}, DataError, "Adam failed: TypeError"),
        ({"optimizer": "lbfgs"}, ArgumentError, "optimizer must be"),
        ({"loss": "crossentropy"}, ArgumentError, "Did you mean 'cross_entropy'"),
        ({"loss": nn.CrossEntropyLoss(reduction="none")}, DataError, "scalar.*reduction"),
        ({"loss": lambda z, y: 0.5}, DataError, "tensor of one number"),
        ({"loss": lambda z, y: (z * 0).sum().detach()}, DataError, "does not depend"),
        ({"loss": lambda z, y: z.nope}, DataError, r"loss <lambda> fails.*line \d+.*nope"),
        ({"device": "gpu"}, ArgumentError, "device"),
        ({"engine": "numpy"}, ArgumentError, "engine must be one of dense, torch"),
        ({"batch_size": 61}, ArgumentError, "batch_size.*48 training samples"),
        ({"seeds": 0}, ArgumentError, "seeds"),
        ({"inits": ["he_norml"]}, ArgumentError, "he_normal"),
        ({"steps": 3, "epochs": 2}, ArgumentError, "epochs must be left out"),
        ({"learning_rate": -1.0}, ArgumentError, "learning_rate"),
        ({"momentum": 0.5}, ArgumentError, "momentum must be 0 unless"),
        ({"clip_norm": 0}, ArgumentError, "clip_norm"),
        ({"metrics": [3]}, ArgumentError, "metrics must be a callable"),
        ({"metric": lambda z, y: z.nope}, DataError, r"metric <lambda> failed.*nope"),
    ],
)
def test_errors_are_one_sentence_before_any_training(options, kind, words):
    with pytest.raises(kind, match=f"(?s){words}"):
        compared(**options)


def test_no_data_is_asked_for():
    with pytest.raises(ArgumentError, match="data must be given when a model is given"):
        initlab.compare(model=mlp)


class Noisy(torch.utils.data.Dataset):
    """Samples that change whenever they are looked at, so that they are streamed."""

    def __len__(self):
        return 20

    def __getitem__(self, k):
        return torch.rand(6), k % 2


def test_a_study_counts_the_samples_of_validation_streamed_ones_too():
    x, y = blobs(40, classes=2)
    held = compared(lambda: mlp((6, 4, 2)), (x[:30], y[:30], x[30:], y[30:]), steps=2)
    assert held.study.samples == {"validation_loss": 10, "validation_accuracy": 10}
    loader = torch.utils.data.DataLoader(Noisy(), batch_size=8)
    streamed = compared(lambda: mlp((6, 4, 2)), (loader, loader), steps=2)
    assert streamed.study.problem.data.get("streamed")
    assert streamed.study.samples == {"validation_loss": 20, "validation_accuracy": 20}
