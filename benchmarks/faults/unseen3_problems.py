"""Nineteen more small data sets and losses, those of the third unseen models -> rows of NEWER."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from problems import (
    NEWER,
    SAMPLES,
    VOCABULARY,
    Problem,
    classes,
    digits,
    entropy,
    problem,
    squares,
    variance,
)
from problems import physics_loss as equation_loss

LONGEST = 10  # of the padded sequences


def pixel_loss(output: Tensor, y: Tensor) -> Tensor:
    """Return the cross-entropy of (image, class, row, column) against (image, row, column)."""
    return functional.cross_entropy(output, y)


def chosen_loss(output: Tensor, y: tuple[Tensor, Tensor]) -> Tensor:
    """Return the squared error of the values of the actions that were taken."""
    action, value = y
    return functional.mse_loss(output.gather(1, action[:, None])[:, 0], value)


def wait_loss(output: Tensor, y: Tensor) -> Tensor:
    """Return the negative log likelihood of waiting times, of log rates."""
    return (output.exp() * y - output).mean()


def triplet_loss(output: Tensor, _: Tensor) -> Tensor:
    """Return by how much the third of three is not further from the first than the second."""
    return functional.triplet_margin_loss(*output.unbind(1))


def mixture_loss(output: tuple[Tensor, Tensor, Tensor], y: Tensor) -> Tensor:
    """Return the negative log likelihood of a mixture of normals: logits, means, log stds."""
    logits, mean, spread = output
    each = -((y - mean) / spread.exp()).square() / 2 - spread - math.log(2 * math.pi) / 2
    return -torch.logsumexp(logits.log_softmax(-1) + each, -1).mean()


def codebook_loss(output: tuple[Tensor, Tensor], y: Tensor) -> Tensor:
    """Return what a quantized autoencoder minimizes, of (reconstruction, distance of the codes)."""
    made, gap = output
    return functional.mse_loss(made, y) + gap / 4


def redundancy_loss(output: Tensor, _: Tensor) -> Tensor:
    """Return how far the correlations of two views' features are from 1 and 0 (Barlow twins)."""
    one, two = ((z - z.mean(0)) / (z.std(0) + 1e-6) for z in output.unbind(1))
    shared = one.T @ two / len(one)
    apart = shared - torch.diag(shared.diag())
    return (1 - shared.diag()).square().mean() + 0.1 * apart.square().sum(1).mean()


def segments(rng: np.random.Generator) -> Problem:
    """Return noisy images of which every pixel is paper, grey or ink."""
    clean = digits()[0].view(-1, 1, 8, 8)
    x = clean + 0.4 * torch.tensor(rng.normal(size=clean.shape), dtype=torch.float32)
    y = torch.bucketize(clean[:, 0], torch.tensor([-0.5, 0.8]))
    return Problem(x, y, pixel_loss, "", entropy(y), 3)


def spots(rng: np.random.Generator) -> Problem:
    """Return noise with three crosses in it; the pixels of their centres are asked for."""
    y = torch.zeros(SAMPLES, 1, 8, 8)
    for _ in range(3):
        row, column = rng.integers(1, 7, (2, SAMPLES))
        y[torch.arange(SAMPLES), 0, row, column] = 1.0
    cross = torch.tensor([[0.0, 1, 0], [1, 1, 1], [0, 1, 0]])[None, None]
    x = 2 * functional.conv2d(y, cross, padding=1).clamp(max=1)
    x = x + 0.5 * torch.tensor(rng.normal(size=x.shape), dtype=torch.float32)
    loss = functional.binary_cross_entropy_with_logits
    return Problem(x, y, loss, "bce_with_logits", entropy(y.long()), 2)


def ordinal(_: np.random.Generator) -> Problem:
    """Return the table, and which of four thresholds its target exceeds."""
    table = problem("table")
    above = table.y > torch.quantile(table.y, torch.tensor([0.1, 0.3, 0.6, 0.85]))
    guess = float(np.mean([entropy(one.long()) for one in above.T]))
    loss = functional.binary_cross_entropy_with_logits
    return Problem(table.x, above.float(), loss, "bce_with_logits", guess, 2)


def fakes(rng: np.random.Generator) -> Problem:
    """Return images, half of which are made of the pixels of many: which are real."""
    x = digits()[0].numpy()
    real = np.arange(SAMPLES) % 2 == 0
    mixed = np.stack([rng.permutation(column) for column in x.T], 1)
    x = torch.tensor(np.where(real[:, None], x, mixed)).view(-1, 1, 8, 8)
    y = torch.tensor(real, dtype=torch.float32)[:, None]
    loss = functional.binary_cross_entropy_with_logits
    return Problem(x, y, loss, "bce_with_logits", math.log(2), 2)


def waits(rng: np.random.Generator, unit: float = 1.0) -> Problem:
    """Return how long something lasts, by eight numbers."""
    x = torch.tensor(rng.normal(size=(SAMPLES, 8)), dtype=torch.float32)
    mean = (1.2 * torch.sin(2 * x[:, :1]) + 0.8 * x[:, 1:2]).exp()
    y = unit * mean * torch.tensor(rng.exponential(size=(SAMPLES, 1)), dtype=torch.float32)
    return Problem(x, y, wait_loss, "", 1 + math.log(float(y.mean())), 0)


def seconds(rng: np.random.Generator) -> Problem:
    """Return the same in seconds instead of hours."""
    return waits(rng, 3600.0)


def actions(rng: np.random.Generator) -> Problem:
    """Return states, one action in each, and what came of it."""
    x = torch.tensor(rng.normal(size=(SAMPLES, 6)), dtype=torch.float32)
    action = torch.tensor(rng.integers(0, 4, SAMPLES))
    own = x.gather(1, action[:, None])[:, 0]
    value = torch.sin(2 * own) + 0.7 * (action - 1.5) * x[:, 4] + x[:, 5]
    value = value + 0.2 * torch.tensor(rng.normal(size=SAMPLES), dtype=torch.float32)
    value = value / value.std()
    left = [(value[action == k] - value[action == k].mean()).square().sum() for k in range(4)]
    return Problem(x, (action, value), chosen_loss, "", float(sum(left)) / SAMPLES, 0)


def padded(rng: np.random.Generator) -> Problem:
    """Return sequences of 3 to 10 tokens, then zeros: with which token they begin."""
    x = rng.integers(1, VOCABULARY + 1, (SAMPLES, LONGEST))
    x[np.arange(LONGEST) >= rng.integers(3, LONGEST + 1, (SAMPLES, 1))] = 0
    return classes(torch.tensor(x), torch.tensor(x[:, 0] - 1))


def triplets(rng: np.random.Generator) -> Problem:
    """Return a digit, another of the same class, and one of another class."""
    x, y = digits()
    like = [rng.choice(np.flatnonzero(y == y[k])) for k in range(SAMPLES)]
    other = [rng.choice(np.flatnonzero(y != y[k])) for k in range(SAMPLES)]
    return Problem(torch.stack([x, x[like], x[other]], 1), y, triplet_loss, "", 1.0, 0)


def skipgrams(rng: np.random.Generator) -> Problem:
    """Return pairs of 24 words of four topics: whether they are of the same topic."""
    first, same = rng.integers(0, 24, SAMPLES), rng.integers(0, 2, SAMPLES)
    topic = np.where(same == 1, first // 6, (first // 6 + rng.integers(1, 4, SAMPLES)) % 4)
    x = torch.tensor(np.stack([first, 6 * topic + rng.integers(0, 6, SAMPLES)], 1))
    y = torch.tensor(same, dtype=torch.float32)[:, None]
    loss = functional.binary_cross_entropy_with_logits
    return Problem(x, y, loss, "bce_with_logits", entropy(y.long()), 2)


def bridge(rng: np.random.Generator) -> Problem:
    """Return points from -1 to 1 at which u'' = -4 sin(2 x + 1) must hold, with u = 0 at both ends.

    The equation is divided by 4.
    """
    x = torch.tensor(rng.uniform(-1, 1, (SAMPLES, 1)), dtype=torch.float32)
    guess = float(torch.sin(2 * x + 1).square().mean())
    return Problem(x, torch.zeros(SAMPLES, 1), equation_loss, "", guess, 0)


def diffusion(rng: np.random.Generator) -> Problem:
    """Return images under some noise, and its share as a second channel: the noise is asked for."""
    clean = digits()[0].view(-1, 1, 8, 8)
    eps = torch.tensor(rng.normal(size=clean.shape), dtype=torch.float32)
    time = torch.tensor(rng.uniform(0.05, 1, (SAMPLES, 1, 1, 1)), dtype=torch.float32)
    x = (1 - time).sqrt() * clean + time.sqrt() * eps
    return squares(torch.cat([x, time.expand_as(x)], 1), eps)


def branches(rng: np.random.Generator) -> Problem:
    """Return a target that lies on one of two branches."""
    x = rng.uniform(-1, 1, (SAMPLES, 1))
    y = rng.choice([-1.0, 1.0], (SAMPLES, 1)) * (0.5 + x**2) + rng.normal(0, 0.1, x.shape)
    x, y = (torch.tensor(one, dtype=torch.float32) for one in (x, y))
    return Problem(x, y, mixture_loss, "", math.log(2 * math.pi * math.e * variance(y)) / 2, 0)


def codebook(_: np.random.Generator) -> Problem:
    """Return digits to be written with a few words and read again."""
    x = digits()[0]
    return Problem(x, x, codebook_loss, "", variance(x), 0)


def turned(rng: np.random.Generator) -> Problem:
    """Return digits that are turned by a multiple of 90 degrees: by which."""
    x, y = digits()[0].view(-1, 1, 8, 8), torch.tensor(rng.integers(0, 4, SAMPLES))
    ways = torch.stack([torch.rot90(x, k, (2, 3)) for k in range(4)])
    return classes(ways[y, torch.arange(SAMPLES)], y)


def redundancy(_: np.random.Generator) -> Problem:
    """Return two noisy views of each digit, whose features are to be alike, one by one."""
    views = problem("views")
    return Problem(views.x, views.y, redundancy_loss, "", 1.0, 0)


def largest(rng: np.random.Generator) -> Problem:
    """Return sets of eight points: which of them lies furthest to one side."""
    x = torch.tensor(rng.normal(size=(SAMPLES, 8, 3)), dtype=torch.float32)
    return classes(x, (x[..., 0] + x[..., 1].abs()).argmax(1))


def molecules(rng: np.random.Generator) -> Problem:
    """Return graphs of eight atoms of four kinds, neighbours first, and a sum over their bonds."""
    near = np.triu(rng.random((SAMPLES, 8, 8)) < 0.4, 1)
    near = torch.tensor(near | near.transpose(0, 2, 1), dtype=torch.float32)
    kinds = torch.tensor(rng.integers(0, 4, (SAMPLES, 8)))
    charge = torch.tensor([1.0, -0.5, 2.0, 0.3])[kinds]
    y = torch.einsum("ni,nij,nj->n", charge, near, charge)[:, None]
    x = torch.cat([near, functional.one_hot(kinds, 4).float()], -1)
    return squares(x, (y - y.mean()) / y.std())


def adding(rng: np.random.Generator) -> Problem:
    """Return eight numbers, two of them marked, whose sum is asked for."""
    numbers, marks = rng.uniform(-1, 1, (SAMPLES, 8)), np.zeros((SAMPLES, 8))
    for row in marks:
        row[rng.choice(8, 2, replace=False)] = 1.0
    y = (numbers * marks).sum(1, keepdims=True)
    x = torch.tensor(np.stack([numbers, marks], -1), dtype=torch.float32)
    return squares(x, torch.tensor(y / y.std(), dtype=torch.float32))


NEWER.update(
    {
        one.__name__: one
        for one in (
            segments, spots, ordinal, fakes, waits, seconds, actions, padded, triplets, skipgrams,
            bridge, diffusion, branches, codebook, turned, redundancy, largest, molecules,
            adding,
        )
    }
)  # fmt: skip
