"""Training loop around a generated ``loss_and_gradient`` (text of every compiled kernel).

The kernel's text holds arithmetic.py, the code generated for one network, and this file; the
names it uses that are not defined here come from there.
"""

import math

import numpy as np
from numba import njit

from initlab.engines.compiled.templates.arithmetic import EXACT, INLINED  # strip

# Sums may be split into vector lanes: the kernel's reductions would not vectorize otherwise.
LANES = {**INLINED, "fastmath": {"contract", "reassoc", "nsz"}}

# The update is not fused: a vector body and a scalar tail could round equal units apart.
STRICT = INLINED

PLAIN, MOMENTUM, ADAM = 0, 1, 2
RUNNING, LOSS, GRADIENT, WEIGHT = 0, 1, 2, 3  # what was first not finite
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # Adam's usual constants (Kingma & Ba 2015)


@njit(**LANES)
def all_finite(values, keep):
    """Whether every kept entry is finite: 0 times anything else is NaN."""
    total = 0.0
    for p in range(values.size):
        total += values[p] * keep[p] * 0.0
    return total == 0.0


@njit(**EXACT)
def gather(samples, targets, batch, block_size, xs, ys, weights):
    """Copy one batch into blocks; free places repeat its first sample with weight 0.

    Returns the share of each sample in the mean.
    """
    count = 0
    for place in range(batch.size):
        if batch[place] >= 0:
            count += 1
    for place in range(weights.size):
        inside = place < count
        sample = batch[place] if inside else batch[0]
        block = place // block_size
        s = place - block * block_size
        for feature in range(samples.shape[1]):
            xs[block, feature * block_size + s] = samples[sample, feature]
        for target in range(targets.shape[1]):
            ys[block, target * block_size + s] = targets[sample, target]
        weights[block, s] = 1.0 if inside else 0.0
    return 1.0 / count


@njit(**STRICT)
def update(theta, gradient, first, second, keep, rule, learning_rate, momentum, step):
    """One step of gradient descent, momentum (torch's) or Adam (torch's)."""
    if rule == PLAIN:
        for p in range(theta.size):
            theta[p] -= learning_rate * gradient[p] * keep[p]
    elif rule == MOMENTUM:
        for p in range(theta.size):
            first[p] = momentum * first[p] + gradient[p] * keep[p]
            theta[p] -= learning_rate * first[p]
    else:
        scale = learning_rate / (1.0 - BETA1 ** (step + 1))
        root = math.sqrt(1.0 - BETA2 ** (step + 1))
        for p in range(theta.size):
            g = gradient[p] * keep[p]
            first[p] = BETA1 * first[p] + (1.0 - BETA1) * g
            second[p] = BETA2 * second[p] + (1.0 - BETA2) * g * g
            theta[p] -= scale * first[p] / (np.sqrt(second[p]) / root + EPSILON)


SIGNATURE = (
    "UniTuple(int64, 2)(int64[::1], float64[::1], float64[::1], float64[::1], float64[::1],"
    "float64[::1],"
    "float64[:,::1], float64[:,::1], float64[:,::1], float64, float64[::1], float64[:,::1],"
    "float64[:,::1], int64[:,::1], int64, int64, int64, float64, float64, int64, float64[::1],"
    "float64[:,::1])"
)


@njit(error_model="numpy", fastmath={"contract"}, nogil=True)
def train(
    widths,  # (layers + 1,) units of the input, of each hidden layer and of the output
    theta,  # (P,) parameters, padded layout
    gradient,  # (P,)
    first,  # (P,) momentum, or Adam's first moment
    second,  # (P,) Adam's second moment
    keep,  # (P,) 1 for a parameter, 0 for padding
    xs,  # (blocks, features * block size) points in the kernel's layout
    ys,  # (blocks, targets * block size)
    weights,  # (blocks, block size) 1 for a sample, 0 for padding
    share,  # of each sample in the mean of those blocks
    work,  # rows of activations and their gradients
    samples,  # (n, features) all points, to gather batches from
    targets,  # (n, targets)
    batches,  # (steps, batch size) indices, -1 for none; (0, 0) trains on the blocks as they are
    begin,
    end,  # steps to do: begin, ..., end - 1
    rule,
    learning_rate,
    momentum,
    record_every,
    curve,  # losses before the updates 0, record_every, ...
    snapshots,  # (records, P) theta before the same updates; (0, P) keeps none
):
    """Take steps until ``end``, or until the step that diverges; return the step and its status.

    A step diverges if its loss is NaN, or else a gradient, or else an updated weight not finite.
    The loss is computed where it is recorded; elsewhere what it would be is asked only if the
    gradient is not finite or ``loss_and_gradient`` returns NaN, so that the step and the status
    do not depend on ``record_every``. An infinite loss is a point of the curve.
    """
    block_size = weights.shape[1]
    step, examined = begin, False
    while step < end:
        if batches.shape[0] > 0:
            share = gather(samples, targets, batches[step - begin], block_size, xs, ys, weights)
        recorded = step % record_every == 0
        loss = loss_and_gradient(  # noqa: F821
            theta, gradient, xs, ys, weights, share, work, widths, recorded or examined
        )
        if recorded:
            curve[step // record_every] = loss
            if snapshots.shape[0] > 0:
                for p in range(theta.size):  # theta as one array compiles NumPy's error messages
                    snapshots[step // record_every, p] = theta[p]
        finite = all_finite(gradient, keep)
        if loss != loss or not finite:
            if not (recorded or examined):
                examined = True  # with its loss, the same step tells what was not finite
                continue
            return step, LOSS if loss != loss else GRADIENT
        examined = False
        update(theta, gradient, first, second, keep, rule, learning_rate, momentum, step)
        if not all_finite(theta, keep):
            return step, WEIGHT
        step += 1
    return end, RUNNING


@njit(error_model="numpy", fastmath={"contract"}, nogil=True)
def mean_losses(thetas, xs, ys, weights, share, work, losses):
    """Fill ``losses`` with the mean loss at each of these parameters; all points are in blocks."""
    for place in range(thetas.shape[0]):
        losses[place] = mean_loss(thetas[place], xs, ys, weights, share, work)  # noqa: F821
