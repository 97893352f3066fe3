"""Small data sets and losses for the fault models: a name -> samples, targets, loss, guess."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits, make_circles, make_moons
from torch import Tensor
from torch.nn import functional

Loss = Callable[[Any, Any], Tensor]
SAMPLES = 1024
VOCABULARY, LENGTH = 8, 8  # of the token tasks
QUANTILES = torch.tensor([0.1, 0.5, 0.9])


@dataclass(frozen=True)
class Problem:
    """What a model learns.

    Attributes:
        x: samples, first axis.
        y: targets, first axis; a tuple for several outputs.
        loss: (output, targets) -> scalar.
        loss_name: what initlab calls the loss; "" for a loss of its own.
        guess: loss of the best constant prediction.
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


def pinball(output: Tensor, y: Tensor) -> Tensor:
    """Return the mean loss of the three quantiles of QUANTILES."""
    above = y - output
    return torch.maximum(QUANTILES * above, (QUANTILES - 1) * above).mean()


def counted_loss(output: Tensor, y: Tensor) -> Tensor:
    """Return the negative log likelihood of counts, of log rates."""
    return functional.poisson_nll_loss(output, y)


def spread_loss(output: tuple[Tensor, Tensor], y: Tensor) -> Tensor:
    """Return the negative log likelihood of normal targets, of (mean, log variance)."""
    mean, spread = output
    return (spread + (y - mean).square() * (-spread).exp()).mean() / 2


def contrast_loss(output: Tensor, _: Tensor) -> Tensor:
    """Return the cross-entropy of finding the second view of each first one, and back (CLIP)."""
    own = torch.arange(len(output))
    ways = (functional.cross_entropy(logits, own) for logits in (output, output.T))
    return sum(ways, torch.zeros(())) / 2


def flow_loss(output: tuple[Tensor, Tensor], _: Tensor) -> Tensor:
    """Return the negative log likelihood of (normal values, log determinant)."""
    z, volume = output
    return (z.square().sum(1) / 2 + math.log(2 * math.pi) * z.shape[1] / 2 - volume).mean()


def physics_loss(output: tuple[Tensor, Tensor], _: Tensor) -> Tensor:
    """Return what is left of an equation, and of its value at 0."""
    rest, first = output
    return rest.square().mean() + first.square().mean()


def tones(rng: np.random.Generator) -> Problem:
    """Return noisy waves of six frequencies, to be told apart."""
    y = rng.integers(0, 6, SAMPLES)
    turns = (0.2 + 0.25 * y[:, None]) * np.arange(48) + rng.uniform(0, 2 * np.pi, (SAMPLES, 1))
    x = math.sqrt(2) * np.sin(turns) + rng.normal(0, 0.3, turns.shape)
    return classes(torch.tensor(x, dtype=torch.float32)[:, None], torch.tensor(y))


def spirals(rng: np.random.Generator) -> Problem:
    """Return three arms of a spiral in the plane."""
    y, r = rng.integers(0, 3, SAMPLES), rng.uniform(0.1, 1, SAMPLES)
    turn = 2 * np.pi * y / 3 + 4 * r + rng.normal(0, 0.1, SAMPLES)
    x = 2 * np.stack([r * np.cos(turn), r * np.sin(turn)], 1)
    return classes(torch.tensor(x, dtype=torch.float32), torch.tensor(y))


def labels(_: np.random.Generator) -> Problem:
    """Return digits of which four things are true or not: even, above 4, prime, with a hole."""
    x, y = digits()
    sets = ((0, 2, 4, 6, 8), (5, 6, 7, 8, 9), (2, 3, 5, 7), (0, 4, 6, 8, 9))
    true = torch.stack([torch.isin(y, torch.tensor(one)) for one in sets], 1)
    guess = float(np.mean([entropy(one.long()) for one in true.T]))
    loss = functional.binary_cross_entropy_with_logits
    return Problem(x, true.float(), loss, "bce_with_logits", guess, 2)


def quantiles(_: np.random.Generator) -> Problem:
    """Return the table, whose three quantiles are asked for."""
    table = problem("table")
    best = torch.quantile(table.y, QUANTILES)
    return Problem(table.x, table.y, pinball, "", float(pinball(best, table.y)), 0)


def large(_: np.random.Generator) -> Problem:
    """Return the table with targets in thousandths of their unit."""
    table = problem("table")
    return squares(table.x, 1000 * table.y)


def counts(rng: np.random.Generator) -> Problem:
    """Return how often something happens, by eight numbers."""
    x = torch.tensor(rng.normal(size=(SAMPLES, 8)), dtype=torch.float32)
    rate = (1.2 * torch.sin(2 * x[:, :1]) + 0.5 * x[:, 1:2] * x[:, 2:3] - 0.5).exp()
    y = torch.tensor(rng.poisson(rate.numpy()), dtype=torch.float32)
    mean = float(y.mean())
    return Problem(x, y, counted_loss, "", mean - mean * math.log(mean), 0)


def spreads(rng: np.random.Generator) -> Problem:
    """Return a target whose noise depends on the inputs, too."""
    x = torch.tensor(rng.normal(size=(SAMPLES, 8)), dtype=torch.float32)
    noise = torch.tensor(rng.normal(size=(SAMPLES, 1)), dtype=torch.float32)
    y = torch.sin(2 * x[:, :1]) + (0.7 * x[:, 1:2] - 1).exp() * noise
    return Problem(x, (y - y.mean()) / y.std(), spread_loss, "", 0.5, 0)


def binary(_: np.random.Generator) -> Problem:
    """Return black and white images, whose pixels are asked for one after the other."""
    x = (problem("images").x > 0).float()
    guess = float(np.mean([entropy(pixel.long()) for pixel in x.flatten(1).T]))
    return Problem(x, x, functional.binary_cross_entropy_with_logits, "bce_with_logits", guess, 2)


def backwards(_: np.random.Generator) -> Problem:
    """Return sequences of tokens to be read backwards."""
    x = tokens("mapped").x
    return Problem(x, x.flip(1), token_loss, "", math.log(VOCABULARY), VOCABULARY)


def views(rng: np.random.Generator) -> Problem:
    """Return two noisy views of each digit; of a batch of 64, which belong together."""
    x = digits()[0][:, None].expand(-1, 2, -1)
    x = x + 0.5 * torch.tensor(rng.normal(size=x.shape), dtype=torch.float32)
    return Problem(x, torch.arange(SAMPLES), contrast_loss, "", math.log(64), 0)


def pairs(rng: np.random.Generator) -> Problem:
    """Return pairs of digits, half of them of the same class: whether they are."""
    x, y = digits()
    same = np.arange(SAMPLES) % 2 == 0
    other = [rng.choice(np.flatnonzero((y == y[k]).numpy() == same[k])) for k in range(SAMPLES)]
    target = torch.tensor(same, dtype=torch.float32)[:, None]
    loss = functional.binary_cross_entropy_with_logits
    return Problem(torch.stack([x, x[other]], 1), target, loss, "bce_with_logits", math.log(2), 2)


def physics(rng: np.random.Generator) -> Problem:
    """Return times from 0 to 2 at which u' = 3 cos(4 t) - 3 u must hold, with u(0) = 0."""
    x = torch.tensor(rng.uniform(0, 2, (SAMPLES, 1)), dtype=torch.float32)
    wave = torch.cos(4 * x)
    best = 0.9 * wave.mean()
    guess = float(9 * (best - wave).square().mean() + best.square())
    return Problem(x, torch.zeros(SAMPLES, 1), physics_loss, "", guess, 0)


def mixed(rng: np.random.Generator) -> Problem:
    """Return two codes and two numbers of a row, and a target of products of what they mean."""
    codes = np.stack([rng.integers(0, 12, SAMPLES), rng.integers(0, 20, SAMPLES)], 1)
    numbers = rng.normal(size=(SAMPLES, 2))
    first, second = rng.normal(size=(12, 2)), rng.normal(size=(20, 2))
    y = (first[codes[:, 0]] * second[codes[:, 1]]).sum(1) + np.sin(2 * numbers[:, 0])
    x = torch.tensor(np.concatenate([codes, numbers], 1), dtype=torch.float32)
    return squares(x, torch.tensor(y / y.std(), dtype=torch.float32)[:, None])


def smooth(rng: np.random.Generator) -> Problem:
    """Return sums of two noisy waves, from which the noise is to be taken."""
    at, y = np.arange(32), np.zeros((SAMPLES, 32))
    for _ in range(2):
        turns = rng.uniform(0.2, 0.9, (SAMPLES, 1)) * at + rng.uniform(0, 2 * np.pi, (SAMPLES, 1))
        y += np.sin(turns)
    x = torch.tensor(y + rng.normal(0, 0.7, y.shape), dtype=torch.float32)
    return squares(x[:, None], torch.tensor(y, dtype=torch.float32)[:, None])


def moons() -> Tensor:
    """Return points of two moons, of mean 0 and variance 1."""
    points, _ = make_moons(SAMPLES, noise=0.08, random_state=0)
    return torch.tensor((points - points.mean(0)) / points.std(0), dtype=torch.float32)


def density(_: np.random.Generator) -> Problem:
    """Return points of two moons, whose density is asked for."""
    guess = math.log(2 * math.pi * math.e)  # of a normal distribution
    return Problem(moons(), torch.zeros(SAMPLES, 1), flow_loss, "", guess, 0)


def noise(rng: np.random.Generator) -> Problem:
    """Return points of two moons under some noise, and its share: the noise is asked for."""
    eps = torch.tensor(rng.normal(size=(SAMPLES, 2)), dtype=torch.float32)
    time = torch.tensor(rng.uniform(0.05, 1, (SAMPLES, 1)), dtype=torch.float32)
    x = (1 - time).sqrt() * moons() + time.sqrt() * eps
    return squares(torch.cat([x, time], 1), eps)


NEWER = {
    one.__name__: one
    for one in (
        tones, spirals, labels, quantiles, large, counts, spreads, binary, backwards, views, pairs,
        physics, mixed, smooth, density, noise,
    )
}  # fmt: skip


@functools.cache
def problem(name: str) -> Problem:
    """Return a problem by its name."""
    if name in NEWER:
        return NEWER[name](np.random.default_rng(0))
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
