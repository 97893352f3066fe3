"""Eighteen more small data sets and losses, those of the fifth unseen models -> rows of NEWER."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from problems import (
    NEWER,
    SAMPLES,
    Problem,
    both_losses,
    classes,
    digits,
    entropy,
    squares,
    token_loss,
    variance,
)
from unseen4_problems import normals, yes_or_no

DISTRICTS, KINDS, FIELDS, CHOICES = 15, 5, 5, 10
VOCABULARY, NOTES, PHONES, ATOMS = 40, 14, 6, 8
HOUSE_UNITS = ((130.0, 1975.0, 900.0, 4.0), (55.0, 20.0, 600.0, 1.2))  # means, stds
GAME_UNITS = ((100.0,) * 8, (40.0,) * 8)
MASSES = torch.tensor([[6.0, 12.011], [7.0, 14.007], [8.0, 15.999], [16.0, 32.06]])


def quantized_loss(output: tuple[Tensor, Tensor, Tensor], y: Tensor) -> Tensor:
    """Return what a VQ-VAE minimizes, of (reconstruction, code wanted, code chosen)."""
    made, wanted, chosen = output
    learned = functional.mse_loss(chosen, wanted.detach())
    kept = functional.mse_loss(wanted, chosen.detach())
    return functional.mse_loss(made, y) + learned + 0.25 * kept


def unit(y: Tensor) -> Tensor:
    """Return targets of mean 0 and std 1."""
    return (y - y.mean(0)) / y.std(0)


def houses(rng: np.random.Generator) -> Problem:
    """Return square metres, year, plot, rooms, district and kind of a house: its log price."""
    z = normals(rng, 4)
    district, kind = (torch.tensor(rng.integers(0, k, SAMPLES)) for k in (DISTRICTS, KINDS))
    place, slope = torch.tensor(rng.normal(size=DISTRICTS)), torch.tensor(rng.normal(size=KINDS))
    numbers = [120 * (0.4 * z[:, 0]).exp(), 1975 + 20 * z[:, 1], 750 * (0.6 * z[:, 2]).exp(),
               4 + 1.2 * z[:, 3], district, kind]  # fmt: skip
    y = z[:, 0] * (1 + 0.5 * slope[kind]) + torch.sin(1.5 * z[:, 1]) + 0.7 * z[:, 2] * z[:, 3].abs()
    y = (y + 0.7 * place[district]).float()
    return squares(torch.stack(numbers, 1).float(), 12.4 + 0.5 * unit(y)[:, None])


def adverts(rng: np.random.Generator) -> Problem:
    """Return five codes of who sees what where: whether it is clicked."""
    x = rng.integers(0, CHOICES, (SAMPLES, FIELDS))
    at = np.arange(FIELDS)
    vectors = 0.7 * rng.normal(size=(FIELDS, CHOICES, 2))[at, x]
    pairs = (vectors.sum(1) ** 2 - (vectors**2).sum(1)).sum(1) / 2
    logit = pairs + rng.normal(size=(FIELDS, CHOICES))[at, x].sum(1)
    return yes_or_no(torch.tensor(x), torch.tensor(logit > 0.5))


def shelves(rng: np.random.Generator) -> Problem:
    """Return what somebody gives 24 books, from 1 to 5 stars, and six others, which are asked."""
    score = rng.normal(size=(SAMPLES, 3)) @ rng.normal(size=(3, 30)) * 0.7
    stars = np.clip(np.round(3.2 + score + 0.2 * rng.normal(size=score.shape)), 1, 5)
    stars = torch.tensor(stars, dtype=torch.float32)
    return squares(stars[:, :24], stars[:, 24:])


def sales(rng: np.random.Generator) -> Problem:
    """Return pieces sold in 12 months, with a time stamp in seconds; the next three, scaled."""
    turn = np.arange(15) * 2 * np.pi / 6 + rng.uniform(0, 2 * np.pi, (SAMPLES, 1))
    sold = rng.normal(0, 0.7, (SAMPLES, 1)) + rng.uniform(0.5, 1.2, (SAMPLES, 1)) * np.sin(turn)
    sold += 0.08 * np.arange(15) * rng.normal(size=(SAMPLES, 1)) + 0.1 * rng.normal(size=turn.shape)
    stamp = 1.6e9 + 2.6e6 * (np.arange(12) + rng.integers(0, 24, (SAMPLES, 1)))
    x = np.stack([200 + 80 * sold[:, :12], stamp], 2)
    y = torch.tensor(sold[:, 12:], dtype=torch.float32)
    return squares(torch.tensor(x, dtype=torch.float32), y)


def activity(rng: np.random.Generator) -> Problem:
    """Return accelerations along three axes in thousandths of g: one of five activities."""
    y, at = rng.integers(0, 5, SAMPLES), np.arange(24)
    rate, size = np.array([0.0, 0.5, 1.1, 1.1, 0.5])[y], np.array([0.1, 0.4, 0.4, 0.9, 0.9])[y]
    turn = rate[:, None] * at * rng.uniform(0.9, 1.1, (SAMPLES, 1))
    turn = turn[:, None] + rng.uniform(0, 2 * np.pi, (SAMPLES, 3, 1))
    x = np.array([0.0, 0.2, 0.9])[:, None] + size[:, None, None] * np.sin(turn)
    x = 1000 * (x + rng.normal(0, 0.25, x.shape))
    return classes(torch.tensor(x, dtype=torch.float32), torch.tensor(y))


def colours(rng: np.random.Generator) -> Problem:
    """Return digits in bright colours on dark ones, from 0 to 255: which digit it is."""
    x, y = digits()
    ink = ((x - x.min()) / (x.max() - x.min())).view(-1, 1, 8, 8)
    bright, dark = (torch.tensor(rng.uniform(low, low + 110, (SAMPLES, 3, 1, 1)), dtype=ink.dtype)
                    for low in (140, 10))  # fmt: skip
    return classes((ink * bright + (1 - ink) * dark).round(), y)


def cells(rng: np.random.Generator) -> Problem:
    """Return small noisy images of two cells, and which pixels belong to one."""
    grid = np.stack(np.meshgrid(np.arange(8), np.arange(8), indexing="ij"), -1)
    inside = np.zeros((SAMPLES, 8, 8), dtype=bool)
    for _ in range(2):
        at, size = rng.uniform(1, 7, (SAMPLES, 1, 1, 2)), rng.uniform(1, 2, (SAMPLES, 1, 1))
        inside |= ((grid - at) ** 2).sum(-1) < size**2
    x = torch.tensor(inside * 1.6 - 0.3 + rng.normal(0, 0.8, inside.shape), dtype=torch.float32)
    y = torch.tensor(inside)
    loss = functional.binary_cross_entropy_with_logits
    return Problem(x[:, None], y.float()[:, None], loss, "bce_with_logits", entropy(y.long()), 2)


def details(_: np.random.Generator) -> Problem:
    """Return digits of 4 x 4 pixels, and what enlarging them by halves leaves to be added."""
    y = digits()[0].view(-1, 1, 8, 8)
    x = functional.avg_pool2d(y, 2)
    rest = y - functional.interpolate(x, scale_factor=2, mode="bilinear")
    return squares(x, rest / rest.std())


def molecules(rng: np.random.Generator) -> Problem:
    """Return number and mass of eight atoms, and their bonds: an energy, standardized."""
    kinds = rng.integers(0, 4, (SAMPLES, ATOMS))
    ring = np.roll(np.eye(ATOMS), 1, 1)
    bonds = np.triu(rng.random((SAMPLES, ATOMS, ATOMS)) < 0.12, 1) + ring
    bonds = torch.tensor(np.minimum(bonds + bonds.transpose(0, 2, 1), 1), dtype=torch.float32)
    own, pair = torch.tensor(rng.normal(size=4)), torch.tensor(rng.normal(size=(4, 4)))
    first, second = kinds[:, :, None], kinds[:, None]
    y = own[kinds].sum(1) + 0.35 * (bonds * pair[first, second]).sum((1, 2))
    return squares(torch.cat([MASSES[kinds], bonds], 2), unit(y.float())[:, None])


def plays(rng: np.random.Generator) -> Problem:
    """Return eight places in a game's memory, a good player's move, and how well it stands."""
    z = normals(rng, 8)
    move = torch.stack([z[:, 0] + z[:, 1] * z[:, 2], z[:, 3], z[:, 4] - z[:, 5],
                        z[:, 6].abs()], 1).argmax(1)  # fmt: skip
    value = unit(torch.sin(2 * z[:, :1]) + z[:, 3:4] * z[:, 7:8])
    x = (100 + 40 * z).clamp(0, 255).round()
    return Problem(x, (move, value), both_losses, "", entropy(move) + variance(value), 0)


def returns(rng: np.random.Generator) -> Problem:
    """Return six numbers of a state and one of four actions: the return, around 100."""
    z, action = normals(rng, 6), torch.tensor(rng.integers(0, 4, SAMPLES))
    gain = torch.tensor(rng.normal(size=(4, 6)), dtype=torch.float32)
    y = (gain[action] * z).sum(1) + torch.sin(2 * z[:, 0]) * (1 + action)
    return squares(torch.cat([z, action[:, None].float()], 1), 100 + 40 * unit(y)[:, None])


def phones(rng: np.random.Generator) -> Problem:
    """Return eight frames of 12 bands in decibels, and the phone of each frame."""
    begin, pair = rng.integers(2, 7, (SAMPLES, 1)), rng.integers(0, PHONES, (SAMPLES, 2))
    y = np.where(np.arange(8) < begin, pair[:, :1], pair[:, 1:])
    shape = 1.2 * rng.normal(size=(PHONES, 12))
    x = shape[y] + rng.normal(0, 1.2, (SAMPLES, 8, 12)) + rng.normal(0, 1, (SAMPLES, 1, 1))
    x, y = torch.tensor(-60 + 8 * x, dtype=torch.float32), torch.tensor(y)
    return Problem(x, y, token_loss, "", entropy(y), PHONES)


def headlines(rng: np.random.Generator) -> Problem:
    """Return eight words, of which some belong to one of four topics: the topic."""
    y, own = rng.integers(0, 4, SAMPLES), rng.permutation(VOCABULARY)[:32].reshape(4, 8)
    any_ = rng.integers(0, VOCABULARY, (SAMPLES, 8))
    words = own[y[:, None], rng.integers(0, 8, (SAMPLES, 8))]
    x = np.where(rng.random((SAMPLES, 8)) < 0.4, words, any_)
    return classes(torch.tensor(x), torch.tensor(y))


def notes(rng: np.random.Generator) -> Problem:
    """Return melodies that mostly go on by the step before: the next note, at each place."""
    tune = rng.integers(0, NOTES, (SAMPLES, 9))
    kept = rng.random((SAMPLES, 9)) < 0.85
    for k in range(2, 9):
        up = np.where(tune[:, k - 2] % 2 == 0, 2, 9)
        tune[:, k] = np.where(kept[:, k], (tune[:, k - 1] + up) % NOTES, tune[:, k])
    y = torch.tensor(tune[:, 1:])
    return Problem(torch.tensor(tune[:, :-1]), y, token_loss, "", entropy(y), NOTES)


def arm(rng: np.random.Generator) -> Problem:
    """Return three angles of an arm, and where its hand is."""
    x = torch.tensor(rng.uniform(-1.6, 1.6, (SAMPLES, 3)), dtype=torch.float32)
    turn = x.cumsum(1)
    return squares(x, unit(torch.stack([turn.cos().sum(1), turn.sin().sum(1)], 1)))


def heat(rng: np.random.Generator) -> Problem:
    """Return the heat of a rod at 16 places, and one place: the heat there some time later."""
    size, at = rng.normal(size=(SAMPLES, 4)), rng.uniform(0, 1, (SAMPLES, 1))
    k = np.arange(1, 5)
    before = size @ np.sin(np.pi * k[:, None] * np.linspace(0, 1, 16))
    after = (size * np.exp(-0.05 * k**2) * np.sin(np.pi * k * at)).sum(1, keepdims=True)
    x = torch.tensor(np.concatenate([before, at], 1), dtype=torch.float32)
    return squares(x, unit(torch.tensor(after, dtype=torch.float32)))


def torn(rng: np.random.Generator) -> Problem:
    """Return rows of digits, three of them hidden, with a sign for that: the whole digit."""
    y = digits()[0].view(-1, 8, 8)
    hidden = torch.tensor(rng.random((SAMPLES, 8)).argsort(1) < 3).float()[..., None]
    return squares(torch.cat([y * (1 - hidden), hidden], 2), y)


def coded_digits(_: np.random.Generator) -> Problem:
    """Return digits to be made again from a few codes of a book."""
    x = digits()[0]
    return Problem(x, x, quantized_loss, "", variance(x), 0)


NEWER.update(
    {
        one.__name__: one
        for one in (
            houses, adverts, shelves, sales, activity, colours, cells, details, molecules, plays,
            returns, phones, headlines, notes, arm, heat, torn, coded_digits,
        )
    }
)  # fmt: skip
