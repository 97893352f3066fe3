"""How far a deep network trains by PyTorch's default, and by the rules that its diagnosis returns.

A tanh network of 50 layers and width 64 on scikit-learn's digits, with cross-entropy: 250 steps of
64 samples at each of five rates of SGD and three of Adam. The loss that counts is that of all
samples after the last step, at the best of these rates.
"""

from __future__ import annotations

import argparse
import warnings

import torch
from sklearn.datasets import load_digits
from torch import nn

import initlab

STEPS, BATCH, DEPTH, WIDTH = 250, 64, 50, 64
RATES = (
    *((torch.optim.SGD, rate) for rate in (0.003, 0.01, 0.03, 0.1, 0.3)),
    *((torch.optim.Adam, rate) for rate in (1e-4, 1e-3, 1e-2)),
)
SCALINGS = {
    "standardized": lambda x: (x - x.mean()) / x.std(),
    "each pixel standardized": lambda x: (x - x.mean(0)) / x.std(0).clamp(min=1e-6),
    "0 to 1": lambda x: x / 16,
}


def network(seed: int) -> nn.Module:
    """Return the network as PyTorch draws it."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = [nn.Linear(64, WIDTH), nn.Tanh()]
    for _ in range(DEPTH - 2):
        layers += [nn.Linear(WIDTH, WIDTH), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(WIDTH, 10))


def lowest(init: object, x: torch.Tensor, y: torch.Tensor, seed: int) -> tuple[float, str]:
    """Return the loss at the best rate, and that rate; ``init`` None for PyTorch's default."""
    ends = []
    for kind, rate in RATES:
        model = network(seed)
        if init is not None:
            initlab.initialize(model, init, seed=seed)
        optimizer = kind(model.parameters(), lr=rate)
        torch.manual_seed(1000 + seed)
        for _ in range(STEPS):
            rows = torch.randint(len(x), (BATCH,))
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
        with torch.no_grad():
            ends.append((float(nn.functional.cross_entropy(model(x), y)),
                         f"{kind.__name__} {rate:g}"))  # fmt: skip
    return min(one for one in ends if one[0] == one[0])


def main() -> None:
    """Print a line for each scaling of the inputs and seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--scaling", choices=SCALINGS, help="one of them")
    given = parser.parse_args()
    torch.set_num_threads(1)
    pixels, y = map(torch.tensor, load_digits(return_X_y=True))
    print(f"{'inputs':26}{'seed':>5}{'default':>9}{'fix()':>8}  rate and rules of fix()")
    for name, scaled in SCALINGS.items():
        if given.scaling not in (None, name):
            continue
        x = scaled(pixels.float())
        for seed in range(given.seeds):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                rules = initlab.diagnose(network(seed), x, y, loss="cross_entropy").fix()
            before, after = lowest(None, x, y, seed)[0], lowest(rules, x, y, seed)
            print(f"{name:26}{seed:5}{before:9.3f}{after[0]:8.3f}  {after[1]}; {rules}", flush=True)


if __name__ == "__main__":
    main()
