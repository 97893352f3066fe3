"""Steps -> CPU time per step of the course's PyTorch loop and of ``compare(model=...)``.

The course's module (784-256-128-10, ReLU, dropout 0.2) is trained on Fashion-MNIST three times:
by the course's own loop, by initlab's torch engine, and by the engine that ``compare`` chooses
(the dense one: the module is a plain stack). Cross-entropy, Adam, batches of 100, float32, the
loss of every batch kept, one thread; all are judged on the same 12,000 images. Of ours, the time
is that of training alone, as of the loop: building, probing and scoring are left out on all sides.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

# ruff: noqa: I001 - first: it settles the threads before NumPy loads
from fashion_speed import BATCH, LEARNING_RATE, CourseImages, Net, Turn, course_turn, kernels, row

import numpy as np
import torch
from circles_speed import machine
from initlab.comparison import prepare
from initlab.datasets.image_study import image_study
from initlab.engines import Callbacks
from initlab.records import Study
from initlab.study import LoadedProblem, expand
from initlab.study.dense_problem import DenseProblem


def prepared(engine: str | None, data_dir: str | None, steps: int) -> tuple[Study, LoadedProblem]:
    """The study of one network, as ``compare`` prepares it."""
    options = {
        "data": "fashion-mnist", "inits": ["default"], "batch_size": BATCH,
        "learning_rate": LEARNING_RATE, "steps": steps, "record_every": 1, "engine": engine,
        "data_dir": data_dir,
    }  # fmt: skip
    return prepare(None, options, model=Net)


def our_turn(prepared: tuple[Study, LoadedProblem], steps: int, seed: int) -> Turn:
    """Train one network with the engine that the study has; its time alone is counted."""
    study, loaded = prepared
    training = study.training.replace(steps=steps)
    ((spec,),) = expand(study.replace(training=training, seeds=(seed,)), loaded)
    with loaded.repeatable():
        network = loaded.draw(spec)
        began = time.process_time()
        (end,) = loaded.train([spec], [network], Callbacks())
        seconds = time.process_time() - began
        return Turn(seconds, end.losses, loaded.scores(spec, end)["validation_accuracy"])


def main() -> None:
    """Print the table and both ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=480, help="batches; 480 are an epoch")
    parser.add_argument("--repeats", type=int, default=3, help="turns, of which the median counts")
    parser.add_argument("--data-dir", help="folder of the IDX files; else $INITLAB_DATA")
    parser.add_argument("--images", choices=["pillow", "array"], default="pillow",
                        help="the loop's way from an image to a tensor")  # fmt: skip
    parser.add_argument("--pinned", action="store_true", help="respect OPENBLAS_CORETYPE")
    options = parser.parse_args()
    torch.set_num_threads(1)
    study = image_study("fashion-mnist", data_dir=options.data_dir)
    pixels = np.concatenate([study.x_train, study.x_test]).reshape(-1, 28, 28)
    labels = np.concatenate([study.y_train, study.y_test])
    images = CourseImages(np.rint(pixels * 255).astype(np.uint8), labels, options.images)
    del pixels, study
    by_torch = prepared("torch", options.data_dir, options.steps)
    chosen = prepared(None, options.data_dir, options.steps)
    if not isinstance(chosen[1], DenseProblem):
        raise SystemExit("the course's module was not recognised as a dense stack")
    print(f"{machine()}, torch {torch.__version__}; kernels: {kernels()}")
    print(f"one thread, CPU time, median of {options.repeats} turns of {options.steps} steps\n")
    sides: dict[str, Callable[[int, int], Turn]] = {
        "PyTorch": lambda steps, seed: course_turn(images, steps, seed),
        "torch": lambda steps, seed: our_turn(by_torch, steps, seed),
        "chosen": lambda steps, seed: our_turn(chosen, steps, seed),
    }
    for turn in sides.values():
        turn(10, 0)  # warm: loads or compiles what there is
    turns: dict[str, list[Turn]] = {name: [] for name in sides}
    for seed in range(options.repeats):  # in alternation, so that all meet the same clock speed
        for name, turn in sides.items():
            turns[name].append(turn(options.steps, seed))
    print(f"{'':>10}{'ms per step':>14}{'validation accuracy':>22}{'loss, last 100 batches':>28}")
    for name in sides:
        print(row(name, turns[name], options.steps))
    course, ours, fastest = (median(turn.seconds for turn in turns[name]) for name in sides)
    print(f"\nratio: torch engine {course / ours:.2f}, chosen engine {course / fastest:.2f}")


if __name__ == "__main__":
    main()
