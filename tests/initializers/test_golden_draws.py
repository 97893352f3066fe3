"""The numbers are the product: a changed fingerprint is a "results change" in the CHANGELOG."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from initlab.initializers import draw, draw_network, parse
from initlab.initializers.registry import entries

# first 16 digits of the sha256 of draw(text, (8, 7), seed=0): all bytes of the float64 array
GOLDEN = {
    "zeros": "5c55c8f4db4010ba",
    "ones": "2ea08de9b8f77f82",
    "constant(value=0.1)": "452ff860c311bf2a",
    "normal(std=10)": "0924c667b0eb05b5",
    "uniform(low=-1)": "a4adfd464933ceeb",
    "truncated_normal": "8852566c5c9ff013",
    "truncated_normal_uncorrected": "f6afff752dd10c7e",
    "general_rule_uniform": "b80c7128fe91d97b",
    "general_rule_normal": "bcb2ccec22d2df91",
    "lecun_normal": "bcb2ccec22d2df91",
    "lecun_uniform": "14ac97a00508a6a3",
    "lecun_truncated_normal": "f4592833e92511b9",
    "glorot_normal": "40eefc8f453c426e",
    "glorot_uniform": "612364a3b2873b83",
    "glorot_truncated_normal": "47eda845614c76bc",
    "he_normal": "565a51f03ea3d462",
    "he_uniform": "685d1e56747db6fe",
    "he_truncated_normal": "2177a5245adb105e",
    "variance_scaling(scale=2, mode='fan_avg')": "0e87ecdadcd88fc2",
    "orthogonal": "6cd13a65c621c170",
    "identity": "c44d7112ed13d5a7",
    "sparse(sparsity=0.25)": "108d21609113ccd3",
    "torch_default": "b80c7128fe91d97b",
}
# the same of all parameters of [2, 10, 5, 1], seed 3, in order
NETWORK = {
    "course": "52c0bee492427bda",
    "default": "9bed0f0557dbd5b6",
}
# their last bits belong to the platform's LAPACK or libm: 10 decimals are fingerprinted
ROUNDED = {"orthogonal", "truncated_normal", "truncated_normal_uncorrected"}


def fingerprint(text: str) -> str:
    weight = draw(text, (8, 7), seed=0)
    if parse(text).name in ROUNDED or parse(text).name.endswith("truncated_normal"):
        weight = np.round(weight, 10) + 0.0  # + 0.0: -0.0 becomes 0.0
    return hashlib.sha256(weight.astype("<f8").tobytes()).hexdigest()[:16]


@pytest.mark.parametrize("text", GOLDEN)
def test_first_draw_keeps_its_bits(text):
    assert fingerprint(text) == GOLDEN[text]


def test_every_method_has_a_fingerprint():
    ours = {e.name for e in entries() if e.origin.startswith("initlab.")}
    assert {parse(text).name for text in GOLDEN} == ours


def test_network_keeps_its_bits_in_both_streams():
    hashes = {}
    for stream in ("course", "default"):
        start = draw_network("he_normal", [2, 10, 5, 1], seed=3, stream=stream)
        content = b"".join(value.astype("<f8").tobytes() for value in start.values())
        hashes[stream] = hashlib.sha256(content).hexdigest()[:16]
    assert hashes == NETWORK
