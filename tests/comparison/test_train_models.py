"""Several models trained in place on the same batches, as a study trains one."""

from __future__ import annotations

import numpy as np
import pytest

import initlab

torch = pytest.importorskip("torch")

from initlab.comparison import progress, train_models  # noqa: E402

X = torch.rand(40, 3, generator=torch.Generator().manual_seed(0))
Y = (X[:, 0] > 0.5).long()
PARTS = ((X[:30], Y[:30]), (X[30:], Y[30:]))


def network(value=None):
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    for one in model.parameters() if value is not None else ():
        torch.nn.init.constant_(one, value)
    return model


def test_losses_and_scores_are_those_of_a_study_of_the_same_model():
    model = network()
    (got,) = train_models([model], *PARTS, epochs=3, learning_rate=0.05, seed=7)
    (cell,) = initlab.compare(
        model=network(), data=(*PARTS[0], *PARTS[1]), inits=["as_built"], seeds=[7], epochs=3,
        learning_rate=0.05, record_every=1, progress=False,
    ).cells  # fmt: skip
    assert got.losses == cell.curve["train_loss"]
    assert got.scores["validation_accuracy"] == cell.metrics["validation_accuracy"]
    own = {name: one.detach().numpy() for name, one in model.named_parameters()}
    for name, value in cell.parameters.items():
        layer = {"1": "0", "2": "2"}.get(name[-1], "")
        ours = own[f"{layer}.{'weight' if name[0] == 'W' else 'bias'}"] if layer else own[name]
        np.testing.assert_array_equal(ours.ravel(), value.ravel())


def test_a_model_whose_numbers_break_has_no_scores():
    broken, fine = train_models([network(1e38), network()], *PARTS, epochs=1, learning_rate=0.1)
    assert broken.scores == {}
    assert fine.scores


@pytest.mark.parametrize("models", [torch.nn.Linear(2, 2), ["he_normal"], 3])
def test_what_is_no_list_of_modules_is_refused(models):
    with pytest.raises(initlab.ArgumentError, match="models must be a list of PyTorch modules"):
        train_models(models, *PARTS, epochs=1, learning_rate=0.1)


def test_no_model_is_trained_where_one_cannot_be():
    good, other = network(), torch.nn.Linear(5, 2)
    before = [one.detach().clone() for one in good.parameters()]
    with pytest.raises(initlab.InitlabError, match="forward pass fails on a batch of shape"):
        train_models([good, other], *PARTS, epochs=1, learning_rate=0.1)
    assert all(map(torch.equal, before, good.parameters()))


@pytest.mark.parametrize("watched", [True, False])
def test_a_bar_is_shown_only_where_progress_is_asked_for(watched, monkeypatch, capfd):
    monkeypatch.setattr(progress, "SHOW_AFTER", 0.0)
    monkeypatch.setenv("FORCE_COLOR", "1")
    models = [network(), network()]  # a bar is worth it only before the last of them is done
    train_models(models, *PARTS, epochs=1, learning_rate=0.1, progress=watched)
    assert ("training" in capfd.readouterr().err) == watched
