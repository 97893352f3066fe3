"""A study -> whether step mode can show an update of it, number by number."""

from __future__ import annotations

from initlab.errors import InitlabError, refusal
from initlab.records import Study

MOST_WEIGHTS = 30  # of a picture that can be read


def why_untraceable(study: Study) -> InitlabError | None:
    """Return what step mode refuses a study for; None where it shows it."""
    network, training = study.problem.dense, study.training
    assert network is not None
    if study.problem.weight_count > MOST_WEIGHTS:
        expected = f"those of a network of at most {MOST_WEIGHTS} weights"
        return refusal("layer_dims", expected, list(network.layer_dims), where="step mode")
    if training.optimizer == "adam" or training.momentum or training.dropout:
        words = "Step mode shows plain gradient descent: gd or sgd, without momentum and dropout."
        return InitlabError(words, argument="optimizer")
    return None
