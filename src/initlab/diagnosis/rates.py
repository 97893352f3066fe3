"""Learning rates of what is measured where none is asked for, and Adam's constants."""

from __future__ import annotations

DEFAULT_RATE = 1e-3  # of most optimizers of PyTorch
TRIAL_RATE = 1e-3  # of a step along the gradient's signs, which shows what opens
DECAY, SECOND_DECAY, EPSILON = 0.9, 0.999, 1e-8  # Adam's
