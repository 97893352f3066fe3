"""Steps -> CPU time per step of the course's PyTorch loop and of ours, on Fashion-MNIST.

Both sides train 784-256-128-10 (ReLU, dropout 0.2, cross-entropy, Adam, batches of 100, float32)
on the same 48,000 images, keep the loss of every batch, run on one thread, and are judged on the
same 12,000 images.

torchvision is not needed: ``CourseImages`` does what its FashionMNIST and ToTensor do with each
image, through Pillow. ``--images array`` leaves Pillow out, which is cheaper than the course's
loop.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

# ruff: noqa: E402 - BLAS reads its settings while NumPy loads
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
# Both libraries choose the kernels for this processor: pinning NumPy's alone would measure the pin.
PINNED = None if "--pinned" in sys.argv else os.environ.pop("OPENBLAS_CORETYPE", None)

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from threadpoolctl import threadpool_info
from torch import nn
from torch.utils.data import DataLoader, Dataset, SubsetRandomSampler

from circles_speed import machine
from initlab.datasets.image_study import image_study
from initlab.engines import InMemory, train
from initlab.initialization import draw_network
from initlab.networks import DenseNetwork, predict
from initlab.records import Training

NETWORK = DenseNetwork((784, 256, 128, 10), "relu", "cross_entropy")
BATCH, DROPOUT, LEARNING_RATE = 100, 0.2, 0.001
TRAINING_IMAGES = 48_000


@dataclass(frozen=True)
class Turn:
    """One side, trained once.

    Attributes:
        seconds: process CPU time of the training.
        losses: of every batch.
        accuracy: share of the validation images classified rightly, in evaluation mode.
    """

    seconds: float
    losses: list[float]
    accuracy: float


class CourseImages(Dataset):
    """Images as bytes, each turned into a float tensor when it is asked for."""

    def __init__(self, images: NDArray[np.uint8], labels: NDArray[np.int64], by: str) -> None:
        self.data, self.targets = torch.tensor(images), torch.tensor(labels)
        self._convert = self._through_pillow if by == "pillow" else self._directly

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self._convert(self.data[index]), int(self.targets[index])

    def _through_pillow(self, image: torch.Tensor) -> torch.Tensor:
        """torchvision 0.28: FashionMNIST.__getitem__, then functional.to_tensor."""  # noqa: D403
        picture = Image.fromarray(image.numpy())
        tensor = torch.from_numpy(np.array(picture, np.uint8, copy=True))
        tensor = tensor.view(picture.size[1], picture.size[0], len(picture.getbands()))
        tensor = tensor.permute((2, 0, 1)).contiguous()
        return tensor.to(dtype=torch.get_default_dtype()).div(255)

    def _directly(self, image: torch.Tensor) -> torch.Tensor:
        return image.unsqueeze(0).to(torch.float32).div(255)


class Net(nn.Module):
    """The course's network."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(784, 256)
        self.fc2 = nn.Linear(256, 128)
        self.fc3 = nn.Linear(128, 10)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the scores of the ten classes."""
        x = x.view(-1, 28 * 28)
        x = self.dropout(nn.functional.relu(self.fc1(x)))
        x = self.dropout(nn.functional.relu(self.fc2(x)))
        scores: torch.Tensor = self.fc3(x)
        return scores


def course_turn(images: CourseImages, steps: int, seed: int) -> Turn:
    """Train with the course's loop, over as many epochs as the steps need."""
    torch.manual_seed(seed)
    sampler = SubsetRandomSampler(range(TRAINING_IMAGES))
    loader: Any = DataLoader(images, BATCH, sampler=sampler, num_workers=0)
    model, criterion, losses = Net(), nn.CrossEntropyLoss(), []
    began = time.process_time()
    optimizer = torch.optim.Adam(model.parameters(), LEARNING_RATE)
    while len(losses) < steps:
        model.train()
        for data, target in loader:
            optimizer.zero_grad()
            loss = criterion(model(data), target)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if len(losses) == steps:
                break
    seconds = time.process_time() - began
    model.eval()
    with torch.no_grad():
        scores = model(images.data[TRAINING_IMAGES:] / 255)
    right = scores.argmax(dim=1) == images.targets[TRAINING_IMAGES:]
    return Turn(seconds, losses, right.float().mean().item())


def our_turn(points: InMemory, validation: InMemory, steps: int, seed: int) -> Turn:
    """Train one replicate with the dense engine, from PyTorch's default start."""
    plan = Training(
        optimizer="adam", learning_rate=LEARNING_RATE, batch_size=BATCH, dropout=DROPOUT,
        steps=steps, record_every=1, dtype="float32",
    )  # fmt: skip
    start = draw_network("torch_default", NETWORK.layer_dims, seed=seed)
    began = time.process_time()
    (end,) = train(NETWORK, plan, points, [start], [seed])
    seconds = time.process_time() - began
    chosen = predict(NETWORK, end.parameters, validation.x).argmax(axis=1)
    return Turn(seconds, end.losses, float(np.mean(chosen == validation.y)))


def row(name: str, turns: list[Turn], steps: int) -> str:
    """One line of the table: medians over the turns."""
    cost = median(turn.seconds for turn in turns) / steps * 1e3
    accuracy = median(turn.accuracy for turn in turns)
    loss = median(float(np.mean(turn.losses[-100:])) for turn in turns)
    return f"{name:>10}{cost:>14.3f}{accuracy:>22.4f}{loss:>28.4f}"


def kernels() -> str:
    """Which processor's kernels OpenBLAS and torch run."""
    blas = {one["architecture"] for one in threadpool_info() if one["internal_api"] == "openblas"}
    dropped = f" (OPENBLAS_CORETYPE={PINNED} dropped)" if PINNED else ""
    capability = torch.backends.cpu.get_cpu_capability()
    return f"OpenBLAS {', '.join(sorted(blas))}{dropped}, torch {capability}"


def main() -> None:
    """Print the table and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=960, help="batches; 480 are an epoch")
    parser.add_argument("--repeats", type=int, default=3, help="turns, of which the median counts")
    parser.add_argument("--data-dir", help="folder of the IDX files; else $INITLAB_DATA")
    parser.add_argument(
        "--images", choices=["pillow", "array"], default="pillow",
        help="the loop's way from an image to a tensor",
    )  # fmt: skip
    parser.add_argument("--pinned", action="store_true", help="respect OPENBLAS_CORETYPE")
    options = parser.parse_args()
    torch.set_num_threads(1)
    study = image_study("fashion-mnist", data_dir=options.data_dir)
    points = InMemory(study.x_train, study.y_train)
    validation = InMemory(study.x_test, study.y_test)
    pixels = np.concatenate([study.x_train, study.x_test]).reshape(-1, 28, 28)
    images = CourseImages(
        np.rint(pixels * 255).astype(np.uint8),
        np.concatenate([study.y_train, study.y_test]),
        options.images,
    )
    del pixels
    print(f"{machine()}, torch {torch.__version__}; kernels: {kernels()}")
    print(f"one thread, CPU time, median of {options.repeats} turns of {options.steps} steps\n")
    sides: dict[str, Callable[[int, int], Turn]] = {
        "PyTorch": lambda steps, seed: course_turn(images, steps, seed),
        "initlab": lambda steps, seed: our_turn(points, validation, steps, seed),
    }
    for turn in sides.values():
        turn(10, 0)  # warm: loads or compiles what there is
    turns: dict[str, list[Turn]] = {name: [] for name in sides}
    for seed in range(options.repeats):  # in alternation, so that both meet the same clock speed
        for name, turn in sides.items():
            turns[name].append(turn(options.steps, seed))
    print(f"{'':>10}{'ms per step':>14}{'validation accuracy':>22}{'loss, last 100 batches':>28}")
    for name in sides:
        print(row(name, turns[name], options.steps))
    course, ours = (median(turn.seconds for turn in turns[name]) for name in sides)
    print(f"\nratio {course / ours:.2f}")


if __name__ == "__main__":
    main()
