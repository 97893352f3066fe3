"""Small data sets and losses of the sixth unseen models -> twenty-four more rows of NEWER."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from torch import Tensor
from torch.nn import functional

from problems import (
    NEWER,
    SAMPLES,
    Problem,
    classes,
    coded_loss,
    digits,
    entropy,
    squares,
    token_loss,
    variance,
)
from unseen4_problems import normals, yes_or_no
from unseen5_problems import unit

MEMBERS, BUYERS, GOODS, WORDS, LETTERS, SHOPPERS = 48, 30, 16, 24, 12, 20
STATE_UNITS = ((1200.0, 0.0, 0.0, 55.0, 12.0, 0.0), (300.0, 0.1, 0.05, 8.0, 2.0, 0.3))
PULSE_UNITS = ((1500.0,) * 2, (200.0,) * 2)  # widths of pulses that steer, in microseconds
PATIENT_UNITS = ((61.0, 27.0, 140.0, 230.0, 9e5, 1.1), (12.0, 5.0, 20.0, 45.0, 3e5, 0.3))
RIVER_UNITS = ((4.0, 11.0, 320.0), (5.0, 7.0, 150.0))


def both_yes(output: tuple[Tensor, Tensor], y: tuple[Tensor, Tensor]) -> Tensor:
    """Return the sum of two cross-entropies of yes or no."""
    loss = functional.binary_cross_entropy_with_logits
    return loss(output[0], y[0]) + loss(output[1], y[1])


def risk_loss(output: Tensor, y: Tensor) -> Tensor:
    """Return minus the partial log likelihood of (time, whether it ended then) (Cox)."""
    order = y[:, 0].argsort(descending=True)
    risk, ended = output[order, 0], y[order, 1]
    return ((torch.logcumsumexp(risk, 0) - risk) * ended).sum() / ended.sum().clamp(min=1)


def tumours(_: np.random.Generator) -> Problem:
    """Return 30 measures of cells, in their own units, and whether a tumour is benign."""
    data = load_breast_cancer()
    return classes(torch.tensor(data.data, dtype=torch.float32), torch.tensor(data.target))


def bikes(rng: np.random.Generator) -> Problem:
    """Return hour, weekday, temperature, humidity and wind: the logarithm of the bikes hired."""
    hour, day, z = rng.integers(0, 24, SAMPLES), rng.integers(0, 7, SAMPLES), normals(rng, 3)
    work = np.where(day < 5, 1.0, 0.2)
    y = work * (1.5 * np.exp(-((hour - 8) ** 2) / 5) + 1.7 * np.exp(-((hour - 17) ** 2) / 7))
    y = torch.tensor(y + 0.9 * np.exp(-((hour - 13) ** 2) / 30))
    y = y + 0.3 * torch.tanh(z[:, 0]) - 0.2 * z[:, 1] * (z[:, 0] > 0) - 0.1 * z[:, 2].abs()
    x = [torch.tensor(hour), torch.tensor(day), 14 + 8 * z[:, 0], 60 + 18 * z[:, 1],
         4 + 2 * z[:, 2]]  # fmt: skip
    return squares(torch.stack(x, 1).float(), 4.6 + unit(y.float())[:, None])


def shapes(rng: np.random.Generator) -> Problem:
    """Return images of 10 x 10 bytes: a disc, a square's outline, a plus or a cross."""
    y, at = rng.integers(0, 4, SAMPLES), rng.uniform(3.5, 5.5, (SAMPLES, 1, 1, 2))
    grid = np.stack(np.meshgrid(np.arange(10), np.arange(10), indexing="ij"), -1) - at
    far, near = np.abs(grid).max(-1), np.abs(grid).min(-1)
    inside = far < 3.2
    drawn = np.stack([(grid**2).sum(-1) < 8, inside & (far > 2.1), inside & (near < 0.7),
                      inside & (far - near < 0.8)], 1)  # fmt: skip
    ink, dark = rng.uniform(50, 120, (SAMPLES, 1, 1)), rng.uniform(40, 110, (SAMPLES, 1, 1))
    x = dark + ink * drawn[np.arange(SAMPLES), y] + rng.normal(0, 15, far.shape)
    x = torch.tensor(np.clip(x.round(), 1, 255), dtype=torch.float32)
    return classes(x[:, None], torch.tensor(y))


def waves(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return a heart's waves at 24 times, and which times belong to its two kinds of wave."""
    at = np.arange(24)
    first = rng.uniform(3, 9, (SAMPLES, 1))
    second = first + rng.uniform(5, 9, (SAMPLES, 1))
    x = rng.uniform(0.5, 1, (SAMPLES, 1)) * np.exp(-((at - first) ** 2) / 3)
    x += rng.uniform(1.5, 3, (SAMPLES, 1)) * np.exp(-((at - second) ** 2))
    x += rng.normal(0, 0.3, (SAMPLES, 1)) + rng.normal(0, 0.12, x.shape)
    y = np.where(np.abs(at - first) < 2, 1, 0)
    return x - x.mean(), np.where(np.abs(at - second) < 1.5, 2, y)


def heart(rng: np.random.Generator) -> Problem:
    """Return a heart's waves in millivolts: which kind of wave each time belongs to."""
    x, y = waves(rng)
    y = torch.tensor(y)
    return Problem(torch.tensor(x, dtype=torch.float32)[:, None], y, token_loss, "", entropy(y), 3)


def pulses(rng: np.random.Generator) -> Problem:
    """Return a heart's waves, to be made again."""
    x = torch.tensor(waves(rng)[0], dtype=torch.float32)
    return squares(x, x)


def edges(_: np.random.Generator) -> Problem:
    """Return where digits are bright or dark, and the digits, from -1 to 1."""
    x = digits()[0].view(-1, 1, 8, 8)
    y = 2 * (x - x.min()) / (x.max() - x.min()) - 1
    wide = functional.pad(y, (0, 1, 0, 1), value=-1)
    edge = (wide[..., :-1, :-1] - wide[..., 1:, :-1]).abs()
    edge = edge + (wide[..., :-1, :-1] - wide[..., :-1, 1:]).abs()
    return squares(((edge - edge.mean()) / edge.std()).flatten(1), y.flatten(1))


def classed(_: np.random.Generator) -> Problem:
    """Return digits and their classes, to be coded and made again."""
    x, y = digits()
    return Problem(torch.cat([x, functional.one_hot(y, 10).float()], 1), x, coded_loss, "",
                   variance(x), 0)  # fmt: skip


def club() -> tuple[Tensor, Tensor]:
    """Return who of a club knows whom, and 12 weak features of each."""
    rng = np.random.default_rng(11)
    group = rng.integers(0, 4, MEMBERS)
    knows = np.triu(rng.random((MEMBERS, MEMBERS)) < np.where(group[:, None] == group, 0.6, 0.05),
                    1)  # fmt: skip
    x = rng.normal(size=(4, 12))[group] * 0.6 + rng.normal(size=(MEMBERS, 12))
    return torch.tensor(knows | knows.T).float(), torch.tensor(x, dtype=torch.float32)


def friends(rng: np.random.Generator) -> Problem:
    """Return two of a club, of whom half know each other: whether they do."""
    knows = club()[0]
    yes, no = (np.argwhere((knows.numpy() == k) & ~np.eye(MEMBERS, dtype=bool)) for k in (1, 0))
    half = SAMPLES // 2
    x = np.concatenate([one[rng.integers(0, len(one), half)] for one in (yes, no)])
    return yes_or_no(torch.tensor(x), torch.arange(SAMPLES) < half)


def orders(rng: np.random.Generator) -> Problem:
    """Return a buyer and a thing: whether it is ordered."""
    taste = 0.8 * rng.normal(size=(BUYERS, 2)) @ rng.normal(size=(2, BUYERS))
    taste = taste + rng.normal(size=BUYERS)
    x = rng.integers(0, BUYERS, (SAMPLES, 2))
    return yes_or_no(torch.tensor(x), torch.tensor(taste[x[:, 0], x[:, 1]] > 0.2))


def sessions(rng: np.random.Generator) -> Problem:
    """Return five things that somebody looked at: the next one."""
    x = rng.integers(0, GOODS, (SAMPLES, 5))
    after = np.stack([rng.permutation(GOODS) for _ in range(2)])
    y = after[x[:, 3] % 2, x[:, 4]]
    y = np.where(rng.random(SAMPLES) < 0.9, y, rng.integers(0, GOODS, SAMPLES))
    return classes(torch.tensor(x), torch.tensor(y))


def commands(rng: np.random.Generator) -> Problem:
    """Return 64 samples of sound, as whole numbers of 16 bits: one of four rising or falling."""
    y, at = rng.integers(0, 4, SAMPLES), np.arange(64)
    begin, slope = np.array([0.3, 1.2, 0.8, 1.8])[y], np.array([1, -1, 1, -1])[y] * 0.006
    turn = begin[:, None] * at + slope[:, None] * at**2 + rng.uniform(0, 6.3, (SAMPLES, 1))
    x = rng.uniform(5000, 15000, (SAMPLES, 1)) * np.sin(turn) + rng.normal(0, 1500, turn.shape)
    return classes(torch.tensor(x.round(), dtype=torch.float32)[:, None], torch.tensor(y))


def river(rng: np.random.Generator) -> Problem:
    """Return rain, temperature and discharge of six days, in their own units: what comes next."""
    z = rng.normal(size=(SAMPLES, 6, 3))
    level = np.zeros((SAMPLES, 6))
    level[:, 0] = z[:, 0, 2]
    for k in range(1, 6):
        level[:, k] = 0.8 * level[:, k - 1] + 0.4 * z[:, k - 1, 0] + 0.3 * z[:, k, 2]
    z[..., 2] = level / level.std()
    y = z[:, 5, 2] + 0.7 * z[:, 5, 0] * (1 + np.tanh(z[:, 4, 0])) - 0.4 * np.abs(z[:, 5, 1])
    x = np.array(RIVER_UNITS[0]) + np.array(RIVER_UNITS[1]) * z
    y = torch.tensor(y, dtype=torch.float32)
    return squares(torch.tensor(x, dtype=torch.float32), unit(y)[:, None])


def names(rng: np.random.Generator) -> Problem:
    """Return names of six letters in one of four languages: the language."""
    y = rng.integers(0, 4, SAMPLES)
    after = rng.dirichlet(np.full(LETTERS, 0.25), (4, LETTERS)).cumsum(-1)
    x = rng.integers(0, LETTERS, (SAMPLES, 6))
    for k in range(1, 6):
        x[:, k] = (rng.random((SAMPLES, 1)) > after[y, x[:, k - 1]]).sum(1).clip(0, LETTERS - 1)
    return classes(torch.tensor(x), torch.tensor(y))


def tickets(rng: np.random.Generator) -> Problem:
    """Return eight words of somebody who complains, and one of five offices that should answer."""
    y, own = rng.integers(0, 5, SAMPLES), rng.permutation(WORDS)[:20].reshape(5, 4)
    words = own[y[:, None], rng.integers(0, 4, (SAMPLES, 8))]
    x = np.where(rng.random((SAMPLES, 8)) < 0.45, words, rng.integers(0, WORDS, (SAMPLES, 8)))
    return classes(torch.tensor(x), torch.tensor(y))


def steering(rng: np.random.Generator) -> Problem:
    """Return images of a road that bends, in bytes: how far to steer, from -1 to 1."""
    z, at = rng.normal(size=(SAMPLES, 3)), np.arange(10) / 9
    line = 4.5 + z[:, :1] + 2 * z[:, 1:2] * at + 2 * z[:, 2:] * at**2
    x = 90 + 120 * np.exp(-((np.arange(10) - line[..., None]) ** 2) / 1.5)
    x = torch.tensor((x + rng.normal(0, 12, x.shape)).round(), dtype=torch.float32)
    y = np.tanh(0.5 * z.sum(1, keepdims=True))
    return squares(x[:, None], torch.tensor(y, dtype=torch.float32))


def flight(rng: np.random.Generator) -> Problem:
    """Return six numbers of an aircraft and two pulses that steer it: how good that is."""
    z = normals(rng, 8)
    y = torch.sin(1.5 * z[:, 0]) + z[:, 1] * z[:, 6] - 0.5 * (z[:, 7] - z[:, 2]).square()
    means, stds = (torch.tensor(a + b) for a, b in zip(STATE_UNITS, PULSE_UNITS, strict=True))
    return squares(means + stds * z, unit(y)[:, None])


def thrust(rng: np.random.Generator) -> Problem:
    """Return six numbers of an aircraft: two actions from -1 to 1."""
    z = normals(rng, 6)
    y = torch.stack([torch.tanh(z[:, 0] - z[:, 1] * z[:, 2]), 0.9 * torch.sin(1.5 * z[:, 3])], 1)
    means, stds = (torch.tensor(one) for one in STATE_UNITS)
    return squares(means + stds * z, y)


def cloud(rng: np.random.Generator) -> Problem:
    """Return 16 points in space: of a ball's surface, a disc, a rod or three axes."""
    z = rng.normal(size=(SAMPLES, 16, 3))
    far = np.linalg.norm(z, axis=2, keepdims=True)
    axes = np.eye(3)[rng.integers(0, 3, (SAMPLES, 16))] * 1.5
    kinds = np.stack([1.2 * z / far, z * [1, 1, 0.1], z * [0.1, 0.1, 1.5], z * axes], 1)
    y = rng.integers(0, 4, SAMPLES)
    x = kinds[np.arange(SAMPLES), y] * rng.uniform(0.7, 1.3, (SAMPLES, 1, 1))
    x = x + rng.normal(0, 0.1, x.shape)
    return classes(torch.tensor(x, dtype=torch.float32), torch.tensor(y))


def gas(rng: np.random.Generator) -> Problem:
    """Return what ten sensors feel of three gases: how much there is of each."""
    z = normals(rng, 3)
    mix = torch.tensor(rng.normal(size=(2, 3, 10)), dtype=torch.float32)
    x = z @ mix[0] + 0.6 * torch.tanh(2 * z @ mix[1]) + 0.1 * normals(rng, 10)
    y = torch.stack([z[:, 0] * z[:, 1], torch.sin(2 * z[:, 1]), z[:, 2].abs()], 1)
    return squares((x - x.mean(0)) / x.std(0), unit(y))


def shops(rng: np.random.Generator) -> Problem:
    """Return a shopper, a thing, and three numbers: whether it is clicked, and bought."""
    codes, z = rng.integers(0, SHOPPERS, (SAMPLES, 2)), normals(rng, 3)
    own = torch.tensor(rng.normal(size=(2, SHOPPERS, 3)), dtype=torch.float32)
    taste = (own[0, codes[:, 0]] * own[1, codes[:, 1]]).sum(1)
    click = taste + torch.sin(2 * z[:, 0]) + z[:, 1] > 0
    buy = click & (own[1, codes[:, 1], 0] + z[:, 2] > 0)
    y = click.float()[:, None], buy.float()[:, None]
    guess = entropy(click.long()) + entropy(buy.long())
    return Problem(torch.cat([torch.tensor(codes).float(), z], 1), y, both_yes, "", guess, 0)


def picture(rng: np.random.Generator) -> Problem:
    """Return places from -1 to 1 in a picture: its three colours there, from 0 to 1."""
    x = torch.tensor(rng.uniform(-1, 1, (SAMPLES, 2)), dtype=torch.float32)
    turn = x @ torch.tensor([[5.0, -3.0, 4.0], [3.0, 6.0, -5.0]])
    return squares(x, torch.sigmoid(3 * torch.sin(turn)))


def survival(rng: np.random.Generator) -> Problem:
    """Return six numbers of a patient in their own units: when they died, or were last seen."""
    z = normals(rng, 6)
    risk = 1.5 * torch.sin(1.5 * z[:, 0]) + z[:, 1] * z[:, 2] + 0.8 * z[:, 3]
    time = torch.tensor(rng.exponential(size=SAMPLES)) * (-risk).exp()
    end = torch.tensor(rng.exponential(3.0, size=SAMPLES))
    y = torch.stack([torch.minimum(time, end), (time < end).double()], 1).float()
    rows = torch.tensor(rng.integers(0, SAMPLES, (200, 64)))
    guess = float(torch.stack([risk_loss(torch.zeros(64, 1), y[one]) for one in rows]).mean())
    means, stds = (torch.tensor(one) for one in PATIENT_UNITS)
    return Problem(means + stds * z, y, risk_loss, "", guess, 0)


def tides(rng: np.random.Generator) -> Problem:
    """Return 16 heights of a tide around any level, and the next four, minus the last height."""
    turn = np.arange(20) * rng.uniform(0.4, 0.7, (SAMPLES, 1)) + rng.uniform(0, 6.3, (SAMPLES, 1))
    x = rng.uniform(0.5, 1.5, (SAMPLES, 1)) * np.sin(turn) + rng.normal(0, 0.1, turn.shape)
    x = torch.tensor(x + 3 * rng.normal(size=(SAMPLES, 1)), dtype=torch.float32)
    return squares(x[:, :16], x[:, 16:] - x[:, 15:16])


def doses(rng: np.random.Generator) -> Problem:
    """Return five doses, standardized: an effect that grows with each of them."""
    z = normals(rng, 5)
    y = torch.tanh(2 * z[:, 0]) + torch.relu(z[:, 1]) + (0.7 * z[:, 2]).exp() + z[:, 3]
    y = y + torch.sigmoid(4 * (z[:, 3] + z[:, 4]))
    return squares(z, unit(y)[:, None])


NEWER.update(
    {
        one.__name__: one
        for one in (
            tumours, bikes, shapes, heart, pulses, edges, classed, friends, orders, sessions,
            commands, river, names, tickets, steering, flight, thrust, cloud, gas, shops,
            picture, survival, tides, doses,
        )
    }
)  # fmt: skip
