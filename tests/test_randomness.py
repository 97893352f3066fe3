"""The stream's key decides every number, and nothing else does."""

from __future__ import annotations

import hashlib
import struct

import numpy as np
import pytest

from initlab.errors import ArgumentError, InitlabError
from initlab.randomness import PURPOSES, course_generator, generator_for


def first_numbers(seed: int, name: str, purpose: str) -> list[float]:
    return generator_for(seed, name, purpose).random(4).tolist()


def test_one_key_gives_one_stream_every_time():
    runs = {tuple(first_numbers(7, "W1", "init")) for _ in range(100)}
    assert len(runs) == 1


def test_stream_is_pcg64_of_the_hashed_key():
    # a second spelling of the key: big-endian 8-byte seed and lengths, by struct
    parts = struct.pack(">QQ2sQ4s", 7, 2, b"W1", 4, b"init")
    key = int(hashlib.blake2b(parts, digest_size=32, person=b"initlab").hexdigest(), 16)
    expected = np.random.Generator(np.random.PCG64(key)).random(4)
    assert first_numbers(7, "W1", "init") == expected.tolist()


def test_streams_differ_when_any_part_of_the_key_differs():
    keys = [(s, n, p) for s in (0, 7, 8, 7 + 2**32) for n in ("W1", "W2", "b1") for p in PURPOSES]
    assert len({tuple(first_numbers(*key)) for key in keys}) == len(keys)


def test_moving_a_letter_between_name_and_purpose_cannot_collide():
    streams = {tuple(first_numbers(0, name, "init")) for name in ("", "W", "Winit", "W\0", "\0W")}
    assert len(streams) == 5


def test_global_generator_is_left_alone():
    np.random.seed(5)
    before = np.random.get_state()[1].copy()
    generator_for(3, "W1", "init").random(10)
    course_generator(3).standard_normal(10)
    assert np.array_equal(before, np.random.get_state()[1])


def test_course_generator_gives_the_bits_of_the_global_seed():
    np.random.seed(3)
    expected = np.random.randn(5, 4)
    assert np.array_equal(course_generator(3).standard_normal((5, 4)), expected)


@pytest.mark.parametrize("seed", [-1, 2**63, 2**64, 1.5, "7", True, float("nan"), None])
def test_impossible_seeds_are_refused_by_both_streams(seed):
    with pytest.raises(ArgumentError, match="seed must be an integer from 0 to 2\\*\\*63 - 1"):
        generator_for(seed, "W1", "init")
    with pytest.raises(ArgumentError, match="seed must be"):
        course_generator(seed)


def test_course_stream_refuses_2_to_the_32_with_the_way_out():
    assert course_generator(2**32 - 1).random() >= 0
    with pytest.raises(ArgumentError, match="--stream default") as refused:
        course_generator(2**32)
    assert refused.value.argument == "seed"


@pytest.mark.parametrize(("name", "purpose"), [("W1", "inti"), ("W1", None), (1, "init")])
def test_unknown_purpose_or_nameless_parameter_is_refused(name, purpose):
    with pytest.raises(InitlabError):
        generator_for(0, name, purpose)
