"""Small data sets and losses for the fault models: a name -> samples, targets, loss, guess."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits, make_circles
from torch import Tensor
from torch.nn import functional

Loss = Callable[[Any, Any], Tensor]
SAMPLES = 1024
VOCABULARY, LENGTH = 8, 8  # of the token tasks


@dataclass(frozen=True)
class Problem:
    """What a model learns.

    Attributes:
        x: samples, first axis.
        y: targets, first axis; a tuple for several outputs.
        loss: (output, targets) -> scalar.
        loss_name: what initlab calls the loss; "" for a loss of its own.
        guess: loss of the best constant answer.
        classes: number of classes; 0 for regressions.
    """

    x: Tensor
    y: Any
    loss: Loss
    loss_name: str
    guess: float
    classes: int

    def batch(self, rows: Tensor) -> tuple[Tensor, Any]:
        """Return the samples and targets of some rows."""
        if isinstance(self.y, tuple):
            return self.x[rows], tuple(one[rows] for one in self.y)
        return self.x[rows], self.y[rows]


def entropy(y: Tensor) -> float:
    """Return the loss of answering every time with the shares of the classes."""
    share = torch.bincount(y.flatten()).double() / y.numel()
    share = share[share > 0]
    return float(-(share * share.log()).sum())


def variance(y: Tensor) -> float:
    """Return the mean squared error of answering every time with the mean."""
    return float((y - y.mean(0)).square().mean())


def token_loss(output: Tensor, y: Tensor) -> Tensor:
    """Return the cross-entropy of (batch, position, class) against (batch, position)."""
    return functional.cross_entropy(output.flatten(0, -2), y.flatten())


def both_losses(output: tuple[Tensor, Tensor], y: tuple[Tensor, Tensor]) -> Tensor:
    """Return the sum of a cross-entropy and a mean squared error."""
    return functional.cross_entropy(output[0], y[0]) + functional.mse_loss(output[1], y[1])


def coded_loss(output: tuple[Tensor, Tensor, Tensor], y: Tensor) -> Tensor:
    """Return what a variational autoencoder minimizes, of (reconstruction, mean, log variance)."""
    made, mean, spread = output
    distance = (mean.square() + spread.exp() - 1 - spread).mean() / 2
    return functional.mse_loss(made, y) + 0.01 * distance


def digits() -> tuple[Tensor, Tensor]:
    """Return standardized 8 x 8 digits as vectors, and their classes."""
    data = load_digits()
    x = torch.tensor(data.data[:SAMPLES], dtype=torch.float32)
    return (x - x.mean()) / x.std(), torch.tensor(data.target[:SAMPLES])


def classes(x: Tensor, y: Tensor) -> Problem:
    """Return a classification."""
    return Problem(x, y, functional.cross_entropy, "cross_entropy", entropy(y), int(y.max()) + 1)


def squares(x: Tensor, y: Tensor) -> Problem:
    """Return a regression."""
    return Problem(x, y, functional.mse_loss, "mse", variance(y), 0)


def tokens(task: str) -> Problem:
    """Return a task at every position of a sequence of tokens."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randint(VOCABULARY, (SAMPLES, LENGTH), generator=generator)
    if task == "previous":  # needs attention to the position before
        y = torch.cat([x[:, :1], x[:, :-1]], 1)
    else:  # "mapped": another name for each token
        y = torch.randperm(VOCABULARY, generator=generator)[x]
    return Problem(x, y, token_loss, "", math.log(VOCABULARY), VOCABULARY)


@functools.cache
def problem(name: str) -> Problem:
    """Return a problem by its name."""
    if name in ("previous", "mapped"):
        return tokens(name)
    if name == "most":  # the token that a sequence holds most often
        x = tokens("mapped").x
        return classes(x, x.mode(1).values)
    if name == "circles":
        points, rings = make_circles(512, noise=0.1, factor=0.4, random_state=0)
        return classes(torch.tensor(points, dtype=torch.float32), torch.tensor(rings))
    rng = np.random.default_rng(0)
    if name == "table":
        points = torch.tensor(rng.normal(size=(SAMPLES, 8)), dtype=torch.float32)
        y = torch.sin(2 * points[:, :1]) + points[:, 1:2] * points[:, 2:3]
        return squares(points, y / y.std())
    if name == "prices":  # the table's target around 300, with std 100
        table = problem("table")
        return squares(table.x, 300 + 100 * table.y)
    if name == "forecast":  # the next value of a noisy wave
        turns = rng.uniform(0.3, 1.2, (SAMPLES, 1)) * np.arange(17)
        wave = np.sin(turns + rng.uniform(0, 2 * np.pi, (SAMPLES, 1)))
        wave = torch.tensor(wave + rng.normal(0, 0.1, wave.shape), dtype=torch.float32)
        return squares(wave[:, :16, None], wave[:, 16:] / wave.std())
    if name == "ratings":  # of 30 items by 40 users
        pairs = np.stack([rng.integers(0, 40, SAMPLES), rng.integers(0, 30, SAMPLES)], 1)
        users, items = rng.normal(size=(40, 2)), rng.normal(size=(30, 2))
        y = torch.tensor((users[pairs[:, 0]] * items[pairs[:, 1]]).sum(1, keepdims=True))
        return squares(torch.tensor(pairs), (y / y.std()).float())
    if name == "signal":  # of one variable, with eight periods
        points = torch.linspace(-1, 1, 512)[:, None]
        y = torch.sin(8 * torch.pi * points) * torch.cos(3 * points)
        return squares(points, y / y.std())
    if name == "plane":  # a field over the plane, with a few periods
        points = torch.tensor(rng.uniform(-1, 1, size=(SAMPLES, 2)), dtype=torch.float32)
        y = torch.sin(5 * points[:, :1]) * torch.cos(7 * points[:, 1:]) + points[:, :1]
        return squares(points, y / y.std())
    x, y = digits()
    images = x.view(-1, 1, 8, 8)
    if name == "digits":
        return classes(x, y)
    if name == "images":
        return classes(images, y)
    if name == "bytes":  # brightness from 0 to 255, as a file holds it
        return classes((x - x.min()) / (x.max() - x.min()) * 255, y)
    if name == "faint":  # divided by 255 once too often
        return classes(x / 255, y)
    if name == "rare":  # whether an image is an eight: one in ten is
        eight = (y == 8).float()[:, None]
        loss = functional.binary_cross_entropy_with_logits
        return Problem(x, eight, loss, "bce_with_logits", entropy(eight.long()), 2)
    if name == "rows":  # an image as a sequence of eight rows
        return classes(x.view(-1, 8, 8), y)
    if name == "pixels":  # an image as a sequence of 32 pairs of pixels
        return classes(x.view(-1, 32, 2), y)
    if name == "reconstruct":
        return squares(x, x)
    if name == "denoise":
        noise = torch.tensor(rng.normal(size=images.shape), dtype=torch.float32)
        return squares(images + 0.5 * noise, images)
    if name == "coded":
        return Problem(x, x, coded_loss, "", variance(x), 0)
    if name == "shares":  # every pixel's brightness from 0 to 1, from the pixels of the same image
        return squares(x, (x - x.min()) / (x.max() - x.min()))
    if name == "two":  # the class, and how bright the image is
        brightness = x.mean(1, keepdim=True) / x.mean(1).std()
        guess = entropy(y) + variance(brightness)
        return Problem(x, (y, brightness), both_losses, "", guess, 0)
    raise KeyError(name)
