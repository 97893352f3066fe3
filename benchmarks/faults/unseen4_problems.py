"""Nineteen more small data sets and losses, those of the fourth unseen models -> rows of NEWER."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from problems import NEWER, SAMPLES, Problem, classes, digits, entropy, squares, token_loss

WORDS, LETTERS, TAGS, NODES = 30, 12, 5, 160
USERS, ITEMS, LEVELS = 30, 30, (6, 12, 4)
TEMPERATURE = 4.0  # at which the student copies its teacher


def action_loss(output: tuple[Tensor, Tensor], y: Tensor) -> Tensor:
    """Return the negative log likelihood of actions, of (mean, log std)."""
    mean, spread = output
    each = ((y - mean) / spread.exp()).square() / 2 + spread + math.log(2 * math.pi) / 2
    return each.mean()


def ranking_loss(output: Tensor, _: Tensor) -> Tensor:
    """Return the logistic loss of what a liked item scores above another one (BPR)."""
    return functional.softplus(-output).mean()


def energy_distance(output: Tensor, y: Tensor) -> Tensor:
    """Return how far the distribution of made points is from that of real ones."""
    between = (output[:, None] - y[None]).square().sum(-1).add(1e-6).sqrt().mean()
    made = (output[:, None] - output[None]).square().sum(-1).add(1e-6).sqrt().mean()
    return 2 * between - made - torch.cdist(y, y).mean()


def pixels_loss(output: tuple[Tensor, Tensor, Tensor], y: Tensor) -> Tensor:
    """Return what a variational autoencoder of black and white images minimizes."""
    logits, mean, spread = output
    distance = (mean.square() + spread.exp() - 1 - spread).mean() / 2
    return functional.binary_cross_entropy_with_logits(logits, y) + 0.01 * distance


def chain_loss(output: tuple[Tensor, Tensor], y: Tensor) -> Tensor:
    """Return the negative log likelihood of tags, per tag: (emissions, transitions) of a CRF."""
    emissions, transitions = output
    score = emissions.gather(2, y[..., None])[..., 0].sum(1)
    score = score + transitions[y[:, :-1], y[:, 1:]].sum(1)
    total = emissions[:, 0]
    for step in emissions[:, 1:].unbind(1):
        total = torch.logsumexp(total[:, :, None] + transitions, 1) + step
    return (torch.logsumexp(total, 1) - score).mean() / y.shape[1]


def weighted_loss(output: tuple[Tensor, Tensor], y: Tensor) -> Tensor:
    """Return squared errors of two tasks, each divided by a trained variance (Kendall)."""
    made, spread = output
    return ((y - made).square() * (-spread).exp() + spread).mean() / 2


def normals(rng: np.random.Generator, count: int) -> Tensor:
    """Return samples of some independent normal numbers."""
    return torch.tensor(rng.normal(size=(SAMPLES, count)), dtype=torch.float32)


def yes_or_no(x: Tensor, y: Tensor) -> Problem:
    """Return a classification into two by one logit."""
    loss = functional.binary_cross_entropy_with_logits
    return Problem(x, y.float()[:, None], loss, "bce_with_logits", entropy(y.long()), 2)


def customers(rng: np.random.Generator) -> Problem:
    """Return age, income, ratio of debt, balance, months and three codes: who leaves."""
    z = normals(rng, 5)
    numbers = [50 + 15 * z[:, 0], 4e4 * (0.5 * z[:, 1]).exp(), 0.4 + 0.15 * z[:, 2],
               2e4 * z[:, 3], 40 + 20 * z[:, 4]]  # fmt: skip
    codes = np.stack([rng.integers(0, count, SAMPLES) for count in LEVELS], 1)
    effects = sum(rng.normal(size=count)[codes[:, k]] for k, count in enumerate(LEVELS))
    logit = 2 * torch.sin(1.5 * z[:, 0]) + 1.5 * z[:, 1] * z[:, 2] + z[:, 3] + torch.tensor(effects)
    return yes_or_no(torch.cat([torch.stack(numbers, 1), torch.tensor(codes)], 1).float(),
                     logit > 0.5)  # fmt: skip


def weather(rng: np.random.Generator) -> Problem:
    """Return hectopascals, kelvins, percents, metres and watts: a power, standardized."""
    z = normals(rng, 5)
    y = torch.sin(1.5 * z[:, :1]) + z[:, 1:2] * z[:, 2:3] + z[:, 3:4].abs()
    units = torch.tensor([[8.0, 8.0, 15.0, 2.0, 150.0], [1013.0, 285.0, 60.0, 5.0, 300.0]])
    return squares(z * units[0] + units[1], (y - y.mean()) / y.std())


def demonstrations(rng: np.random.Generator) -> Problem:
    """Return what six sensors say, in their own units, and two actions of somebody who knows."""
    z = normals(rng, 6)
    y = torch.stack([torch.tanh(z[:, 0] + z[:, 1] * z[:, 2]), torch.sin(2 * z[:, 3]) * 0.8], 1)
    y = y + 0.1 * normals(rng, 2)
    x = z * torch.tensor([1000.0, 50.0, 0.5, 3.0, 200.0, 1.0])
    x = x + torch.tensor([3000.0, 0.0, 2.0, 0.0, 500.0, 0.0])
    guess = float((2 * math.pi * math.e * y.var(0)).log().mean()) / 2
    return Problem(x, y, action_loss, "", guess, 0)


def load(rng: np.random.Generator) -> Problem:
    """Return the load of a grid in 24 hours, in megawatts; the next six hours, standardized."""
    at = np.arange(30) * 2 * np.pi / 24 + rng.uniform(0, 2 * np.pi, (SAMPLES, 1))
    wave = np.sin(at) * rng.uniform(0.6, 1.4, (SAMPLES, 1)) + 0.5 * np.sin(2 * at)
    wave = torch.tensor(wave + rng.normal(0, 0.1, wave.shape), dtype=torch.float32)
    return squares(30000 + 5000 * wave[:, :24], wave[:, 24:] / wave.std())


def sounds(rng: np.random.Generator) -> Problem:
    """Return spectra of 12 bands in 16 frames, as powers: which of five words it is."""
    y, band, frame = rng.integers(0, 5, SAMPLES), np.arange(12)[:, None], np.arange(16)
    begin, slope = np.array([2, 9, 2, 9, 5])[y], np.array([0, 0, 0.4, -0.4, 0])[y]
    at = begin[:, None, None] + slope[:, None, None] * frame + rng.normal(0, 0.7, (SAMPLES, 1, 1))
    log = 5 * np.exp(-((band - at) ** 2) / 3) + rng.normal(0, 0.8, (SAMPLES, 12, 16))
    loud = rng.normal(0, 1.5, (SAMPLES, 1, 1))
    return classes(torch.tensor(np.exp(1.5 * (log + loud)), dtype=torch.float32), torch.tensor(y))


def reviews(rng: np.random.Generator) -> Problem:
    """Return up to eight words, then zeros: whether somebody liked it."""
    x = rng.integers(1, WORDS, (SAMPLES, 8))
    x[np.arange(8) >= rng.integers(3, 9, (SAMPLES, 1))] = 0
    value = np.append(0.0, rng.normal(size=WORDS - 1))
    return yes_or_no(torch.tensor(x), torch.tensor(value[x].sum(1) > 0))


def letters(rng: np.random.Generator) -> Problem:
    """Return letters, each of which mostly follows from the one two before: what comes next."""
    after, text = rng.permutation(LETTERS), rng.integers(0, LETTERS, (SAMPLES, 9))
    kept = rng.random((SAMPLES, 9)) < 0.85
    for k in range(2, 9):
        text[:, k] = np.where(kept[:, k], after[text[:, k - 2]], text[:, k])
    y = torch.tensor(text[:, 1:])
    return Problem(torch.tensor(text[:, :-1]), y, token_loss, "", entropy(y), LETTERS)


def tags(rng: np.random.Generator) -> Problem:
    """Return words, and a tag of each that depends on the word before, too."""
    x, own = rng.integers(0, 16, (SAMPLES, 6)), rng.integers(0, TAGS, (2, 16))
    y = torch.tensor(own[np.roll(x, 1, 1) % 2, x])
    pairs = y[:, :-1] * TAGS + y[:, 1:]
    chain = entropy(y[:, 0]) + 5 * (entropy(pairs) - entropy(y[:, :-1]))
    return Problem(torch.tensor(x), y, chain_loss, "", chain / 6, TAGS)


def likes(rng: np.random.Generator) -> Problem:
    """Return a user, an item that is liked, and another one."""
    taste = rng.normal(size=(USERS, 3)) @ rng.normal(size=(3, ITEMS))
    user, pair = rng.integers(0, USERS, SAMPLES), rng.integers(0, ITEMS, (SAMPLES, 2))
    score = taste[user[:, None], pair]
    pair = np.where(score[:, :1] >= score[:, 1:], pair, pair[:, ::-1])
    x = torch.tensor(np.concatenate([user[:, None], pair], 1))
    return Problem(x, torch.zeros(SAMPLES, 1), ranking_loss, "", math.log(2), 0)


def clicks(rng: np.random.Generator) -> Problem:
    """Return a user and an item: whether it was clicked."""
    taste = rng.normal(size=(USERS, 2)) @ rng.normal(size=(2, ITEMS))
    user, item = rng.integers(0, USERS, SAMPLES), rng.integers(0, ITEMS, SAMPLES)
    return yes_or_no(torch.tensor(np.stack([user, item], 1)), torch.tensor(taste[user, item] > 0))


def ring(rng: np.random.Generator) -> Problem:
    """Return noise of three numbers, and points of a ring around (1, 0), which it is to become."""
    turn = rng.uniform(0, 2 * np.pi, SAMPLES)
    y = np.stack([1 + 2 * np.cos(turn), 2 * np.sin(turn)], 1) + rng.normal(0, 0.2, (SAMPLES, 2))
    y = torch.tensor(y, dtype=torch.float32)
    centre = torch.tensor([1.0, 0.0]).expand(SAMPLES, -1)
    return Problem(normals(rng, 3), y, energy_distance, "", float(energy_distance(centre, y)), 0)


def ink(_: np.random.Generator) -> Problem:
    """Return black and white digits, to be coded and made again."""
    x = (digits()[0] > 0).float()
    guess = float(np.mean([entropy(pixel.long()) for pixel in x.T]))
    return Problem(x, x, pixels_loss, "", guess, 0)


def papers(rng: np.random.Generator) -> Problem:
    """Return the numbers of papers, and their subjects; the network knows what they cite."""
    del rng
    return classes(torch.arange(NODES), citations()[2])


def citations() -> tuple[Tensor, Tensor, Tensor]:
    """Return normed citations among the papers, 24 weak features of each, and the subjects."""
    rng = np.random.default_rng(7)
    y = rng.integers(0, 4, NODES)
    cites = np.triu(rng.random((NODES, NODES)) < np.where(y[:, None] == y, 0.12, 0.01), 1)
    near = (cites | cites.T) + np.eye(NODES)
    near = near / np.sqrt(near.sum(0) * near.sum(1)[:, None])
    x = rng.normal(size=(4, 24))[y] * 0.6 + rng.normal(size=(NODES, 24))
    return (torch.tensor(near, dtype=torch.float32), torch.tensor(x, dtype=torch.float32),
            torch.tensor(y))  # fmt: skip


def weighted(rng: np.random.Generator) -> Problem:
    """Return eight numbers and two targets, one of which is noisy."""
    x = normals(rng, 8)
    y = torch.cat([torch.sin(2 * x[:, :1]) + x[:, 1:2], x[:, 2:3] * x[:, 3:4]], 1)
    y = y / y.std(0) + torch.tensor([0.1, 0.7]) * normals(rng, 2)
    guess = float((1 + y.var(0).log()).mean()) / 2
    return Problem(x, y, weighted_loss, "", guess, 0)


def students(_: np.random.Generator) -> Problem:
    """Return digits and the shares that a trained network gives the classes, at a temperature."""
    x, y = digits()
    with torch.random.fork_rng():
        torch.manual_seed(5)
        teacher = nn.Sequential(nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 10))
        rule = torch.optim.Adam(teacher.parameters(), lr=0.01)
        for _ in range(100):
            rule.zero_grad()
            functional.cross_entropy(teacher(x), y).backward()
            rule.step()
    with torch.no_grad():
        share = (teacher(x) / TEMPERATURE).softmax(1)
    mean = share.mean(0)
    return Problem(x, share, functional.cross_entropy, "", float(-(mean * mean.log()).sum()), 0)


def questions(rng: np.random.Generator) -> Problem:
    """Return a digit and the number of a question: even, above 4, prime, with a hole."""
    x, y = digits()
    sets = ((0, 2, 4, 6, 8), (5, 6, 7, 8, 9), (2, 3, 5, 7), (0, 4, 6, 8, 9))
    true = torch.stack([torch.isin(y, torch.tensor(one)) for one in sets], 1)
    asked = torch.tensor(rng.integers(0, 4, SAMPLES))
    return yes_or_no(torch.cat([x, asked[:, None].float()], 1), true[torch.arange(SAMPLES), asked])


def marks(rng: np.random.Generator) -> Problem:
    """Return small images of one spot, and where it lies, in pixels of the screen."""
    at = rng.uniform(1, 8, (SAMPLES, 2))
    grid = np.stack(np.meshgrid(np.arange(10), np.arange(10), indexing="ij"), -1)
    spot = np.exp(-((grid - at[:, None, None]) ** 2).sum(-1) / 2)
    x = torch.tensor(2 * spot + rng.normal(0, 0.2, spot.shape), dtype=torch.float32)
    return squares(x[:, None], torch.tensor(64 * at, dtype=torch.float32))


def pendulum(rng: np.random.Generator) -> Problem:
    """Return angles and momenta of a pendulum, and how they change."""
    x = torch.tensor(rng.uniform(-2.5, 2.5, (SAMPLES, 2)), dtype=torch.float32)
    return squares(x, torch.stack([x[:, 1], -2 * torch.sin(x[:, 0])], 1))


def topics(rng: np.random.Generator) -> Problem:
    """Return how often 60 words occur in a text, most of them never, and one of six topics."""
    rates = rng.gamma(0.3, 1.0, size=(6, 60))
    y = rng.integers(0, 6, SAMPLES)
    x = rng.poisson(0.5 * rates[y] + 0.05)
    return classes(torch.tensor(x, dtype=torch.float32), torch.tensor(y))


NEWER.update(
    {
        one.__name__: one
        for one in (
            customers, weather, demonstrations, load, sounds, reviews, letters, tags, likes, clicks,
            ring, ink, papers, weighted, students, questions, marks, pendulum, topics,
        )
    }
)  # fmt: skip
