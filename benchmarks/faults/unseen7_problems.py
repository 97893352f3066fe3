"""Small data sets and losses of the seventh unseen models -> twenty-eight more rows of NEWER."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.datasets import load_wine
from torch import Tensor
from torch.nn import functional

from problems import (
    NEWER,
    SAMPLES,
    Problem,
    classes,
    coded_loss,
    entropy,
    squares,
    token_loss,
    variance,
)
from unseen4_problems import normals, yes_or_no
from unseen5_problems import unit

PURPOSES, REGIONS, DISHES = 8, 12, 20
TWEET_WORDS, LOG_WORDS, CAPTION_WORDS, GLOVE_WORDS, LETTERS = 24, 20, 10, 24, 12
RESIDUES = 96
LOAN_UNITS = ((42000.0, 41.0, 0.08, 9000.0), (15000.0, 12.0, 0.03, 5000.0))
TURBINE_UNITS = ((1500.0, 65.0, 9.0), (120.0, 8.0, 3.0))


def thrust_loss(output: tuple[Tensor, Tensor], y: Tensor) -> Tensor:
    """Return the negative log likelihood of normal targets, of (mean, log std)."""
    mean, spread = output
    return (spread + (y - mean).square() * (-2 * spread).exp() / 2).mean()


def scale_loss(output: tuple[Tensor, Tensor], y: Tensor) -> Tensor:
    """Return the negative log likelihood of normal targets, of (mean, std)."""
    mean, spread = output
    return (spread.log() + ((y - mean) / spread).square() / 2).mean()


def floats(x: np.ndarray) -> Tensor:
    """Return an array as PyTorch's usual floats."""
    return torch.tensor(x, dtype=torch.float32)


def wines(rng: np.random.Generator) -> Problem:
    """Return 13 measures of wines, in their own units, and which of three growers made them."""
    data, rows = load_wine(), rng.permutation(178)
    return classes(floats(data.data[rows]), torch.tensor(data.target[rows]))


def loans(rng: np.random.Generator) -> Problem:
    """Return a purpose, a region and four numbers of a loan: whether it is not paid back."""
    purpose, region = rng.integers(0, PURPOSES, SAMPLES), rng.integers(0, REGIONS, SAMPLES)
    z, own = normals(rng, 4), rng.normal(size=(2, 12))
    risk = torch.tensor(own[0, purpose] + own[1, region]) + z[:, 2] * z[:, 3] - z[:, 0]
    risk = risk + 0.7 * torch.sin(2 * z[:, 1]) - 0.8
    means, stds = (torch.tensor(one) for one in LOAN_UNITS)
    codes = torch.tensor(np.stack([purpose, region], 1)).float()
    return yes_or_no(torch.cat([codes, means + stds * z], 1), risk > 0)


def pressure(rng: np.random.Generator) -> Problem:
    """Return seven standardized numbers of a weather station: the pressure in hectopascals."""
    z = normals(rng, 7)
    y = torch.sin(1.5 * z[:, 0]) + z[:, 1] * z[:, 2] + 0.5 * z[:, 3].abs() - 0.4 * z[:, 4]
    return squares(z, 1013 + 10 * unit(y)[:, None])


def textures(rng: np.random.Generator) -> Problem:
    """Return images of 10 x 10 of waves in five directions or widths."""
    y, at = rng.integers(0, 5, SAMPLES), np.arange(10)
    turns = np.array([[1.6, 0], [0, 1.6], [1.1, 1.1], [1.1, -1.1], [0.7, 0]])[y]
    waves = turns[:, :1, None] * at[:, None] + turns[:, 1:, None] * at
    x = np.sqrt(2) * np.sin(waves + rng.uniform(0, 6.3, (SAMPLES, 1, 1)))
    return classes(floats(x + rng.normal(0, 0.8, x.shape))[:, None], torch.tensor(y))


def quakes(rng: np.random.Generator) -> Problem:
    """Return three components of the ground's motion: an earthquake, a blast, a train or none."""
    y, at = rng.integers(0, 4, SAMPLES), np.arange(32)
    since = at - rng.integers(3, 14, (SAMPLES, 1))
    quick, slow = np.array([8.0, 3.0, 30.0, 1.0])[y], np.array([0.7, 1.6, 0.35, 1.0])[y]
    shape = np.where(since > 0, np.exp(-np.maximum(since, 0) / quick[:, None]), 0)
    wave = shape * np.sin(slow[:, None] * since + rng.uniform(0, 6.3, (SAMPLES, 1)))
    wave[y == 3] = 0
    x = wave[:, None] * rng.uniform(1.5, 3, (SAMPLES, 3, 1))
    return classes(floats(x + rng.normal(0, 0.4, x.shape)), torch.tensor(y))


def roads(rng: np.random.Generator) -> Problem:
    """Return images of 8 x 8 from above: which pixels belong to a road that crosses them."""
    turn = rng.uniform(0, np.pi, (SAMPLES, 1, 1))
    far = rng.uniform(-2, 2, (SAMPLES, 1, 1))
    at = np.arange(8) - 3.5
    road = np.abs(np.cos(turn) * at[:, None] + np.sin(turn) * at - far) < 1
    trees = rng.random((SAMPLES, 8, 8)) < 0.15
    x = floats(1.2 * road + 1.2 * trees - 0.4 + rng.normal(0, 0.35, road.shape))
    y = torch.tensor(road)[:, None]
    loss = functional.binary_cross_entropy_with_logits
    return Problem(x[:, None], y.float(), loss, "bce_with_logits", entropy(y.long()), 2)


def tweets(rng: np.random.Generator) -> Problem:
    """Return eight words: how they feel, where some words turn what the next one says."""
    x = rng.integers(0, TWEET_WORDS, (SAMPLES, 8))
    worth = np.where(np.arange(TWEET_WORDS) % 3 == 0, 1, -1) * (np.arange(TWEET_WORDS) < 18)
    turned = np.concatenate([np.ones((SAMPLES, 1)), np.where(x[:, :-1] > 20, -1, 1)], 1)
    total = (worth[x] * turned).sum(1) + 1.5
    return classes(torch.tensor(x), torch.tensor(np.digitize(total, [-0.5, 1.0])))


def turbines(rng: np.random.Generator) -> Problem:
    """Return speed, temperature and wind of six minutes, in their own units: the power then."""
    z = rng.normal(size=(SAMPLES, 6, 3))
    for k in range(1, 6):
        z[:, k, 0] = 0.7 * z[:, k - 1, 0] + 0.5 * z[:, k - 1, 2] + 0.5 * z[:, k, 0]
    y = z[:, 5, 0] * np.tanh(z[:, 4, 2] + 1) - 0.6 * np.abs(z[:, 5, 1]) + 0.5 * z[:, 5, 2]
    x = np.array(TURBINE_UNITS[0]) + np.array(TURBINE_UNITS[1]) * z
    return squares(floats(x), unit(floats(y))[:, None])


def logs(rng: np.random.Generator) -> Problem:
    """Return eight kinds of lines of a log, and one of four things that went wrong."""
    y, own = rng.integers(0, 4, SAMPLES), rng.permutation(LOG_WORDS)[:16].reshape(4, 4)
    lines = own[y[:, None], rng.integers(0, 4, (SAMPLES, 8))]
    x = np.where(rng.random(lines.shape) < 0.45, lines, rng.integers(0, LOG_WORDS, lines.shape))
    return classes(torch.tensor(x), torch.tensor(y))


def screws(rng: np.random.Generator) -> Problem:
    """Return images of 8 x 8 of screws that lie any way, from 0 to 1, to be made again."""
    turn, at = rng.uniform(0, np.pi, (SAMPLES, 1, 1)), np.arange(8) - 3.5
    along = np.cos(turn) * at[:, None] + np.sin(turn) * at
    across = -np.sin(turn) * at[:, None] + np.cos(turn) * at
    wide = np.where(along > rng.uniform(0, 2, (SAMPLES, 1, 1)), 1.7, 0.8)
    x = np.exp(-((across / wide) ** 2)) * (np.abs(along) < 4) * rng.uniform(0.6, 1, turn.shape)
    x = floats(np.clip(x + rng.normal(0, 0.03, x.shape), 0, 1))[:, None]
    return squares(x, x)


def glyphs(rng: np.random.Generator) -> Problem:
    """Return one of six letters and three numbers of its style: its image of 8 x 8, -1 to 1."""
    letter, z = rng.integers(0, 6, SAMPLES), rng.normal(size=(SAMPLES, 3))
    at = (np.arange(8) - 3.5) / 2
    u = at[:, None] - 0.3 * z[:, :1, None] + 0 * at
    v = at + 0.3 * z[:, 1:2, None] * at[:, None]
    drawn = np.stack([u, v, u + v, np.hypot(u, v) - 1, u * v, np.abs(u) - np.abs(v)], 1)
    ink = 2 * np.exp(-((drawn[np.arange(SAMPLES), letter] * 2.5) ** 2)) - 1
    x = np.concatenate([np.eye(6)[letter], z], 1)
    return squares(floats(x), floats(ink * (0.75 + 0.2 * np.tanh(z[:, 2:, None])))[:, None])


def spectra(rng: np.random.Generator) -> Problem:
    """Return spectra of three lines that are more or less strong, to be coded and made again."""
    at = np.arange(32)
    lines = np.stack([np.exp(-((at - k) ** 2) / 8) for k in (6, 15, 25)])
    x = rng.gamma(2.0, 1.0, (SAMPLES, 3)) @ lines + rng.normal(0, 0.1, (SAMPLES, 32))
    x = floats((x - x.mean()) / x.std())
    return Problem(x, x, coded_loss, "", variance(x), 0)


def protein() -> tuple[Tensor, Tensor, Tensor]:
    """Return which residues of a protein touch, ten weak features and the part of each."""
    rng = np.random.default_rng(17)
    part = rng.integers(0, 4, RESIDUES)
    near = np.where(part[:, None] == part, 0.25, 0.02)
    near = np.triu(rng.random((RESIDUES, RESIDUES)) < near, 1)
    x = 0.7 * rng.normal(size=(4, 10))[part] + rng.normal(size=(RESIDUES, 10))
    return floats(near | near.T) + torch.eye(RESIDUES), floats(x), torch.tensor(part)


def residues(rng: np.random.Generator) -> Problem:
    """Return residues of a protein: the part each of them belongs to."""
    x = torch.tensor(rng.integers(0, RESIDUES, SAMPLES))
    return classes(x, protein()[2][x])


def recipes(rng: np.random.Generator) -> Problem:
    """Return a cook, a dish and four counts, up to a million: whether the recipe is opened."""
    codes, z = rng.integers(0, DISHES, (SAMPLES, 2)), normals(rng, 4)
    taste = floats(rng.normal(size=(2, DISHES, 3)))
    y = (taste[0, codes[:, 0]] * taste[1, codes[:, 1]]).sum(1) + z[:, 0] - z[:, 1] * z[:, 2]
    counts = (6 + 2 * z).exp().round()
    return yes_or_no(torch.cat([torch.tensor(codes).float(), counts], 1), y > 0.3)


def maze(rng: np.random.Generator) -> Problem:
    """Return walls, place and goal on 6 x 6 fields: where somebody went who knew the way."""
    x = np.zeros((SAMPLES, 3, 6, 6))
    x[:, 0] = rng.random((SAMPLES, 6, 6)) < 0.2
    here, goal = rng.integers(0, 6, (SAMPLES, 2)), rng.integers(0, 6, (SAMPLES, 2))
    for plane, place in ((1, here), (2, goal)):
        x[np.arange(SAMPLES), plane, place[:, 0], place[:, 1]] = 1
    way = goal - here + rng.uniform(-0.3, 0.3, here.shape)
    y = np.where(np.abs(way[:, 0]) > np.abs(way[:, 1]), way[:, 0] > 0, 2 + (way[:, 1] > 0))
    return classes(floats(x), torch.tensor(y.astype(np.int64)))


def lander(rng: np.random.Generator) -> Problem:
    """Return eight numbers of a lander: two noisy thrusts of its pilot."""
    z = normals(rng, 8)
    y = torch.stack([torch.sin(z[:, 0]) + z[:, 1] * z[:, 2], torch.tanh(z[:, 3] + z[:, 4])], 1)
    y = unit(y + 0.1 * (0.5 * z[:, 5:6]).exp() * normals(rng, 2))
    return Problem(z, y, thrust_loss, "", 0.5, 0)


def keywords(rng: np.random.Generator) -> Problem:
    """Return eight bands of sound at 16 times: one of five words."""
    y, at = rng.integers(0, 5, SAMPLES), np.arange(16)
    begin, end = np.array([[1, 6], [6, 1], [2, 2], [5, 5], [1, 4]])[y].T
    where = begin[:, None] + (end - begin)[:, None] * at / 15 + rng.normal(0, 0.4, (SAMPLES, 1))
    x = 2.5 * np.exp(-((np.arange(8)[:, None] - where[:, None]) ** 2) / 1.5)
    return classes(floats(x - 0.6 + rng.normal(0, 0.9, x.shape)), torch.tensor(y))


def demand(rng: np.random.Generator) -> Problem:
    """Return eight weeks of demand for a product: the next week, as a share of the mean."""
    level, swing = np.exp(rng.normal(5, 1, (SAMPLES, 1))), rng.uniform(0.2, 0.7, (SAMPLES, 1))
    turn = np.arange(9) * rng.uniform(0.6, 0.9, (SAMPLES, 1)) + rng.uniform(0, 6.3, (SAMPLES, 1))
    x = level * (1 + swing * np.sin(turn) + rng.normal(0, 0.07, turn.shape))
    y = floats(x[:, 8:] / x[:, :8].mean(1, keepdims=True))
    return Problem(floats(x[:, :8]), y, scale_loss, "", float(y.std().log()) + 0.5, 0)


def hands(rng: np.random.Generator) -> Problem:
    """Return images of 8 x 8 with a bright and a dark mark: a map of where each of them is."""
    place, at = rng.uniform(1, 6, (SAMPLES, 2, 2)), np.arange(8)
    far = (at[:, None] - place[..., :1, None]) ** 2 + (at - place[..., 1:, None]) ** 2
    spots = np.exp(-far / 2)
    x = 2.5 * (spots[:, 0] - spots[:, 1]) + rng.normal(0, 0.3, (SAMPLES, 8, 8))
    return squares(floats(x)[:, None], floats(spots))


def rain(rng: np.random.Generator) -> Problem:
    """Return two images of 6 x 6 of a shower that moves: the next one."""
    place = rng.uniform(1, 4, (SAMPLES, 1, 2))
    place = place + np.arange(3)[:, None] * rng.uniform(-0.9, 0.9, (SAMPLES, 1, 2))
    at = np.arange(6)
    far = (at[:, None] - place[..., :1, None]) ** 2 + (at - place[..., 1:, None]) ** 2
    x = 3 * np.exp(-far / 2.5) - 0.6 + rng.normal(0, 0.1, far.shape)
    return squares(floats(x[:, :2]), floats(x[:, 2:]))


def captions(rng: np.random.Generator) -> Problem:
    """Return twelve features of a picture and five words about it: each word from those before."""
    kind = rng.integers(0, 5, SAMPLES)
    look = 1.2 * rng.normal(size=(5, 12))[kind] + rng.normal(size=(SAMPLES, 12))
    after = rng.dirichlet(np.full(CAPTION_WORDS, 0.12), (5, CAPTION_WORDS)).cumsum(-1)
    words = np.zeros((SAMPLES, 6), dtype=np.int64)  # the first one, 0, begins a caption
    for k in range(1, 6):
        drawn = (rng.random((SAMPLES, 1)) > after[kind, words[:, k - 1]]).sum(1)
        words[:, k] = drawn.clip(0, CAPTION_WORDS - 1)
    y = torch.tensor(words[:, 1:])
    x = floats(np.concatenate([look, words[:, :5]], 1))
    return Problem(x, y, token_loss, "", entropy(y), CAPTION_WORDS)


def together(rng: np.random.Generator) -> Problem:
    """Return two words: the logarithm of how often they stand together."""
    pair, often = rng.integers(0, GLOVE_WORDS, (SAMPLES, 2)), rng.normal(size=GLOVE_WORDS)
    means = rng.normal(size=(GLOVE_WORDS, 2))
    y = (means[pair[:, 0]] * means[pair[:, 1]]).sum(1) + 0.5 * often[pair].sum(1)
    return squares(torch.tensor(pair), 0.5 + unit(floats(y))[:, None])


def additive(rng: np.random.Generator) -> Problem:
    """Return four numbers: a sum of something of each of them, with steps."""
    x = rng.uniform(-1, 1, (SAMPLES, 4))
    y = (x[:, 0] > 0.2) + np.abs(x[:, 1]) + np.sin(4 * x[:, 2]) - 1.5 * (x[:, 3] < -0.3) * x[:, 3]
    return squares(floats(x), unit(floats(y))[:, None])


def curves(rng: np.random.Generator) -> Problem:
    """Return seven points of a curve and another place: how high the curve is there."""
    at = rng.uniform(-2, 2, (SAMPLES, 8))
    high = rng.uniform(0.5, 2, (SAMPLES, 1)) * np.sin(at + rng.uniform(0, 6.3, (SAMPLES, 1)))
    x = np.stack([at[:, :7], high[:, :7] + rng.normal(0, 0.05, (SAMPLES, 7))], 2)
    x = np.concatenate([x.reshape(SAMPLES, 14), at[:, 7:]], 1)
    return squares(floats(x), unit(floats(high[:, 7:])))


def endings(rng: np.random.Generator) -> Problem:
    """Return words of eight letters: which of four endings or middles they hold."""
    x, y = rng.integers(0, LETTERS, (SAMPLES, 8)), rng.integers(0, 4, SAMPLES)
    parts = np.stack([rng.permutation(LETTERS)[:3] for _ in range(4)])
    begin = rng.integers(0, 6, SAMPLES)
    for k in range(3):
        x[np.arange(SAMPLES), begin + k] = parts[y, k]
    return classes(torch.tensor(x), torch.tensor(y))


def torques(rng: np.random.Generator) -> Problem:
    """Return angles and speeds of three joints, standardized: two torques."""
    z = normals(rng, 6)
    y = torch.stack([torch.sin(z[:, 0] + z[:, 1]) + 0.5 * z[:, 3] * z[:, 4],
                     torch.cos(1.5 * z[:, 1]) * z[:, 5] + 0.5 * z[:, 2]], 1)  # fmt: skip
    return squares(z, unit(y))


def tracks(rng: np.random.Generator) -> Problem:
    """Return eight noisy places of something that moves evenly: where it is next."""
    speed = 0.25 * rng.normal(size=(SAMPLES, 1))
    place = 0.3 * rng.normal(size=(SAMPLES, 1)) + speed * np.arange(9)
    x = place + 0.2 * rng.normal(size=place.shape)
    return squares(floats(x[:, :8]), floats(place[:, 8:]))


def fading(rng: np.random.Generator) -> Problem:
    """Return times from 0 to 3: a glow that fades quickly at first and then slowly."""
    t = rng.uniform(0, 3, (SAMPLES, 1))
    y = 2 * np.exp(-4 * t) + np.exp(-0.5 * t) + 0.02 * rng.normal(size=t.shape)
    return squares(floats(t), floats(y))


NEWER.update(
    {
        one.__name__: one
        for one in (
            wines, loans, pressure, textures, quakes, roads, tweets, turbines, logs, screws,
            glyphs, spectra, residues, recipes, maze, lander, keywords, demand, hands,
            rain, captions, together, additive, curves, endings, torques, tracks, fading,
        )
    }
)  # fmt: skip
