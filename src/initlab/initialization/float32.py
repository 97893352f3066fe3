"""(Normal or Uniform, generator) -> float32 numbers, written straight into an array.

Weights of a large model are float32: drawing them as float64 and rounding takes three times as
long. Here ``Normal`` and ``Uniform`` are drawn as float32. The distribution is the same; the
numbers of a seed are others than those of the float64 draw.

Normal numbers come from the method of Box and Muller (1958), from two uniform numbers of 24 bits,
so that none is beyond 5.77 std (nor is any of torch's). Only additions, multiplications, square
roots and bit operations are used, which IEEE 754 fixes to the last bit: libraries' logarithms and
cosines differ between processors, these do not. So a process that draws much may go on with
compiled code, of the same bits.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from initlab.initialization.moments import BLOCK, Sums, with_block
from initlab.initializers.distributions import Distribution, Normal, Uniform

Floats = NDArray[np.float32]

# normal numbers of one process, from which on compiled code draws: NumPy spends as long on them
# above compiled code as loading that takes, so at most twice the time of the better choice is spent
MANY = 1 << 24
SMALLEST, LARGEST = 1e-15, 1e15  # between them the square of a std keeps float32's digits
# numbers as arrays of no axis: NumPy takes them in half the time of its scalars; so it does results
# by their place
SQRT_HALF_BITS = np.asarray(0x3F3504F3, np.int32)  # bits of float32 sqrt(1/2)
EXPONENT_BITS = np.asarray(-(2**23), np.int32)  # the sign too
LN_2 = np.asarray(np.float32(math.log(2)) * np.float32(2**-23), np.float32)  # of those bits' unit
EIGHT = np.asarray(8, np.uint32)  # a float32 has 24 bits of 32
STEP = np.asarray(2**-24, np.float32)
LITTLE_ENDIAN = sys.byteorder == "little"
SIGN_BIT = np.asarray(-(2**31), np.int32)
ONE, HALF, QUARTER = (np.asarray(c, np.float32) for c in (1, 0.5, 0.25))
# polynomials, highest power first, interpolated at Chebyshev's points
LOGARITHM = tuple(  # P(x) of ln(1 + x) = x - x²/2 + x³ P(x), sqrt(1/2) <= 1 + x < sqrt(2)
    np.asarray(c, np.float32)
    for c in (
        -0.079027459,
        0.126223207,
        -0.129981831,
        0.142144963,
        -0.166412815,
        0.200010449,
        -0.25000307,
        0.333333313,
    )
)
SINE = tuple(  # -sin(2 pi p) / p in p², |p| <= 1/4; error of the sine 7e-9
    np.asarray(-c * 4 ** (2 * k + 1), np.float32)
    for k, c in zip(
        (4, 3, 2, 1, 0),
        (0.000151671702, -0.00467414362, 0.0796899199, -0.645963788, 1.57079637),
        strict=True,
    )
)
COSINE = tuple(  # cos(2 pi p) in p², |p| <= 1/4; error 5e-8
    np.asarray(c * 16**k, np.float32)
    for k, c in zip(
        (4, 3, 2, 1, 0),
        (0.000858134474, -0.0208105147, 0.253650665, -1.23369825, 0.99999994),
        strict=True,
    )
)

_drawn = 0  # normal numbers of this process so far: they decide about speed alone


def fits(distribution: Distribution) -> bool:
    """Return whether ``fill`` draws from this distribution, without leaving float32's range."""
    if isinstance(distribution, Normal):
        return (
            distribution.std > SMALLEST and max(abs(distribution.mean), distribution.std) < LARGEST
        )
    if isinstance(distribution, Uniform):
        return (
            distribution.std > SMALLEST
            and max(abs(distribution.low), abs(distribution.high)) < LARGEST
        )
    return False


def fill(distribution: Distribution, out: Floats, generator: np.random.Generator) -> Sums:
    """Write draws from a distribution that ``fits`` into a contiguous 1-D array, front to back.

    Args:
        distribution: the distribution.
        out: the array.
        generator: a fresh one.

    Returns:
        The sums of the numbers, exact to float32.
    """
    pairs = _compiled_pairs() if isinstance(distribution, Normal) and _many(out.size) else None
    room = np.empty((3, (min(out.size, BLOCK) + 1) // 2), np.float32)
    sums = Sums(0.0, 0.0, 0.0)
    for start in range(0, out.size, BLOCK):
        block = out[start : start + BLOCK]
        if isinstance(distribution, Uniform):
            _uniform(block, generator)
            np.multiply(block, np.float32(distribution.high - distribution.low), block)
            np.add(block, np.float32(distribution.low), block)
        elif isinstance(distribution, Normal):
            words = _words(block.size, generator) if pairs and block.size % 2 == 0 else None
            if pairs is None or words is None:
                _normal_block(distribution.std, block, generator, room)
            else:
                pairs(distribution.std, words, block)
            if distribution.mean:
                np.add(block, np.float32(distribution.mean), block)
        sums = with_block(sums, start, block)  # while the block is in the cache
    return sums


def _many(size: int) -> bool:
    """Count normal numbers about to be drawn; return whether they are many, with those before."""
    global _drawn
    _drawn += size
    return _drawn >= MANY


@functools.cache
def _compiled_pairs() -> Callable[[float, NDArray[np.uint32], Floats], None] | None:
    """Return the compiled ``normal_pairs``; None where LLVM does not work: NumPy always does."""
    try:
        from initlab.initialization.normal_pass import normal_pairs  # late: compiling takes time

        normal_pairs(1.0, np.zeros(2, np.uint32), np.empty(2, np.float32))  # compiles, or raises
    except Exception:
        return None
    return normal_pairs


def _words(count: int, generator: np.random.Generator) -> NDArray[np.uint32] | None:
    """Return the next 32 random bits, so many times; None where they are not PCG64's in order."""
    source = generator.bit_generator
    if not (LITTLE_ENDIAN and isinstance(source, np.random.PCG64)):
        return None
    return source.random_raw((count + 1) // 2).view(np.uint32)[:count]


def _uniform(out: Floats, generator: np.random.Generator) -> None:
    """Write uniform numbers of 24 bits on [0, 1), those of ``generator.random``, in half the time.

    That takes two numbers from each of the 64 bits that PCG64 makes, the lower half first.
    """
    bits = _words(out.size, generator)
    if bits is None:
        generator.random(dtype=np.float32, out=out)
        return
    np.right_shift(bits, EIGHT, bits)
    np.copyto(out, bits.view(np.int32), casting="unsafe")
    np.multiply(out, STEP, out)


def _normal_block(std: float, out: Floats, generator: np.random.Generator, room: Floats) -> None:
    half = (out.size + 1) // 2
    # drawn where they are wanted: one array less for the cache to hold
    drawn = out if out.size == 2 * half else np.empty(2 * half, np.float32)
    u, turn = drawn[:half], drawn[half:]
    radius, spare, work = (row[:half] for row in room)
    _uniform(drawn, generator)
    np.subtract(ONE, u, u)  # (0, 1]: the logarithm of 0 is never asked for
    _logarithm(u, radius, spare, work)
    np.multiply(radius, np.float32(-2 * std * std), radius)
    np.sqrt(radius, radius)  # std * sqrt(-2 ln u)

    # angle = 2 pi turn, turn in [-1/2, 1/2): with p = |turn| - 1/4 its cosine is -sin(2 pi p), its
    # sine cos(2 pi p) with the sign of turn; so the polynomials need only [-pi/2, pi/2]
    np.subtract(turn, HALF, turn)
    p = np.abs(turn, u)
    np.subtract(p, QUARTER, p)
    square = np.multiply(p, p, spare)
    _polynomial(SINE, square, work)
    np.multiply(work, p, work)
    np.multiply(work, radius, out[:half])
    _polynomial(COSINE, square, work)
    sign = np.bitwise_and(turn.view(np.int32), SIGN_BIT, turn.view(np.int32))
    np.bitwise_xor(radius.view(np.int32), sign, radius.view(np.int32))  # copysign is slow
    np.multiply(work[: out.size - half], radius[: out.size - half], out[half:])


def _logarithm(u: Floats, result: Floats, power: Floats, work: Floats) -> None:
    """Write ln u into ``result``; u, in (0, 1], and the other two are used up."""
    bits, exponent = u.view(np.int32), work.view(np.int32)
    np.subtract(bits, SQRT_HALF_BITS, exponent)
    np.bitwise_and(exponent, EXPONENT_BITS, exponent)
    np.copyto(power, exponent, casting="unsafe")  # u = 2**power (1 + x), times 2**23
    np.subtract(bits, exponent, bits)
    x = np.subtract(u, ONE, u)
    _polynomial(LOGARITHM, x, result)
    square = np.multiply(x, x, work)
    np.multiply(result, x, result)
    np.subtract(result, HALF, result)
    np.multiply(result, square, result)
    np.add(result, x, result)
    np.multiply(power, LN_2, power)
    np.add(result, power, result)


def _polynomial(coefficients: tuple[Floats, ...], x: Floats, out: Floats) -> None:
    """Write the polynomial at x into ``out``, highest power first, by Horner's rule."""
    np.multiply(x, coefficients[0], out)
    np.add(out, coefficients[1], out)
    for coefficient in coefficients[2:]:
        np.multiply(out, x, out)
        np.add(out, coefficient, out)
