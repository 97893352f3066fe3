"""Name -> a scene that shows one thing, with three sentences that say what to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Guided:
    """A scene of the menu.

    Attributes:
        title: its name in the menu.
        sentences: what is set, what happens, and what follows.
        scene: see :func:`initlab.lab.scene.prepared`.
    """

    title: str
    sentences: tuple[str, str, str]
    scene: Mapping[str, Any]


_DEEP_TANH = {
    "study": "circles", "layer_dims": [2, 16, 16, 16, 16, 16, 1], "nonlinearity": "tanh",
    "learning_rate": 0.1, "steps": 3_000, "stream": "default", "seed": 2,
}  # fmt: skip
GUIDED: Mapping[str, Guided] = {
    "zeros": Guided(
        "Zeros",
        (
            "All weights of the first network are 0, so all its hidden units are equal and output "
            "0.",
            "The gradient of every weight is a product in which one factor is 0, so no weight "
            "ever moves.",
            "The loss of the first network stays at ln 2 = 0.693, the loss of random guessing, "
            "while the second network learns the circles.",
        ),
        {"study": "circles", "inits": ["zeros", "he_normal"]},
    ),
    "small": Guided(
        "Too small",
        (
            "The weights of the first network have a std of 0.01.",
            "From layer to layer, the signal (the mean square of the values that enter the "
            "nonlinearity) shrinks more than a thousandfold. So does the mean square of the "
            "gradient on its way back through the layers.",
            "The updates are so small that after 15,000 steps the loss is still the loss of "
            "random guessing.",
        ),
        {"study": "circles", "inits": ["normal(std=0.01)", "he_normal"]},
    ),
    "large": Guided(
        "Too large",
        (
            "The weights of the first network have a std of 10, ten times the std of the standard "
            "normal distribution.",
            "The signal grows at every layer until all outputs are saturated: the network begins "
            "with predictions that are certain and often wrong, and its loss is infinite.",
            "Training first has to correct these predictions, and after 15,000 steps the boundary "
            "is still rough.",
        ),
        {"study": "circles", "inits": ["normal(std=10)", "he_normal"]},
    ),
    "he": Guided(
        "He's rule",
        (
            "He's rule sets the variance of the weights to 2 / (number of inputs), so that a ReLU "
            "layer hardly changes the size of the signal.",
            "Glorot's rule and PyTorch's default draw smaller weights here. The signal that "
            "reaches the output is about a tenth as large as with He's rule, or even smaller.",
            "All three networks learn the circles; at this seed, the network with He's rule learns "
            "fastest.",
        ),
        {"study": "circles", "inits": ["he_normal", "glorot_normal", "torch_default"]},
    ),
    "symmetry": Guided(
        "Symmetry",
        (
            "Each network has two hidden units and has to fit a curve that rises and falls. All "
            "weights of the first network begin at 0, all weights of the second network at 1; the "
            "weights of the third network begin at random numbers.",
            "Equal units get equal gradients and stay equal. The second network can therefore do "
            "no more than a network with a single hidden unit: the curve of such a network only "
            "rises or only falls.",
            "Random numbers break the symmetry: each unit fits a different part of the curve.",
        ),
        {"study": "curve"},
    ),
    "dropout": Guided(
        "Dropout breaks symmetry",
        (
            "The first network starts with four equal hidden units.",
            "Dropout leaves out different units at every step. Equal units therefore get "
            "different gradients, and after a few steps all four units are different.",
            "Set dropout to 0 and play again: then the units stay copies of one another to the "
            "end.",
        ),
        {
            "study": "curve", "layer_dims": [1, 4, 1], "dropout": 0.1, "steps": 10_000,
            "inits": ["W1=1,B1=0,W2=1,B2=0", "normal"],
        },
    ),
    "one_seed": Guided(
        "One seed can mislead",
        (
            "After 6,000 steps with this seed, the network with Glorot's rule classifies 86 % of "
            "the test points correctly, and the network with He's rule only 52 %.",
            "With another seed, the result may be the opposite: press “New seed” a few times.",
            "Only a comparison over many seeds shows which rule is better, and how certain the "
            "result is: press “Try 50 seeds”.",
        ),
        {"study": "circles", "inits": ["he_normal", "glorot_normal"], "steps": 6_000, "seed": 41},
    ),
    "chaos": Guided(
        "The edge of chaos",
        (
            "Each network has five tanh layers. With small weights the signal shrinks towards 0 "
            "on its way through the layers, and the gradient on its way back, so the network "
            "learns nothing.",
            "With large weights most units are saturated and gradients explode, so the boundary "
            "is torn into pieces that fit single points.",
            "At the edge of chaos, between small and large weights, signals and gradients keep "
            "their size, and the network learns.",
        ),
        {
            **_DEEP_TANH,
            "inits": ["normal(std=0.05)", "edge_of_chaos(nonlinearity='tanh')", "normal(std=2)"],
        },
    ),
}  # fmt: skip
