"""(seed, parameter name, purpose) -> a generator of random numbers that nothing else touches."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from initlab.errors import invalid_argument
from initlab.validation import one_of, seed_number

INIT = "init"  # the initialization of one parameter
BATCHES = "batches"  # the order in which an epoch visits the samples
DROPOUT = "dropout"  # which units a step drops
SAMPLES = "samples"  # which samples go to which part of the data
PURPOSES = (INIT, BATCHES, DROPOUT, SAMPLES)

# each rises whenever the same specification gives other numbers
NUMERICS = "4"  # of all networks
MODULE_NUMERICS = "6"  # of PyTorch models: rises with NUMERICS too
METHOD_NUMERICS = {"bounded_normal": "2"}  # of inits that name a method, where it alone changed

LARGEST_COURSE_SEED = 2**32 - 1  # numpy.random.RandomState takes no more

RandomSource = np.random.Generator | np.random.RandomState


def generator_for(seed: int, name: str, purpose: str) -> np.random.Generator:
    """Return the generator that belongs to one parameter (or layer) and one purpose of a seed.

    The key is hashed, so that neighbouring seeds share nothing, a new layer moves no other
    layer's numbers, and the order in which replicates are made does not matter.

    Args:
        seed: the user's seed, 0 to 2**63 - 1.
        name: the model's name of the parameter or layer, such as ``"W1"``.
        purpose: one of ``PURPOSES``.

    Returns:
        A fresh generator; two calls with one key give the same numbers.

    Raises:
        ArgumentError: the seed is out of range, the name no text, or the purpose unknown.

    Example:
        >>> first = generator_for(7, "W1", "init").random()
        >>> generator_for(7, "W1", "init").random() == first
        True
        >>> generator_for(7 + 2**32, "W1", "init").random() == first
        False
    """
    number = seed_number(seed, where="generator_for")
    if not isinstance(name, str):
        raise invalid_argument("name", "a string", name, where="generator_for")
    one_of("purpose", purpose, PURPOSES, where="generator_for")
    # 8 bytes for the seed and for each length: no two keys can spell the same message
    message = number.to_bytes(8, "big") + _field(name) + _field(purpose)
    digest = hashlib.blake2b(message, digest_size=32, person=b"initlab").digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def course_generator(seed: Any) -> np.random.RandomState:
    """Return the generator of the course stream: what ``numpy.random.seed(seed)`` would make.

    One such generator serves a whole network, layer by layer, as the course's notebooks do;
    the global generator of numpy stays untouched.

    Args:
        seed: the user's seed, 0 to 2**32 - 1.

    Raises:
        ArgumentError: the seed is not an integer in that range.

    Example:
        >>> float(course_generator(3).standard_normal())
        1.7886284734303186
    """
    number = seed_number(seed, where="course stream")
    if number > LARGEST_COURSE_SEED:
        raise invalid_argument(
            "seed",
            "an integer from 0 to 2**32 - 1",
            seed,
            where="course stream",
            hint='Larger seeds need --stream default (in Python stream="default").',
        )
    return np.random.RandomState(number)


def _field(text: str) -> bytes:
    encoded = text.encode("utf-8", "surrogatepass")
    return len(encoded).to_bytes(8, "big") + encoded
