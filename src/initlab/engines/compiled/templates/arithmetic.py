"""Scalar float64 functions that LLVM inlines and vectorizes (text of every compiled kernel).

Calling libm in a loop keeps the loop scalar, so exp and log are polynomials here: branches are
written as selections, and bits are moved between float and integer registers.
"""

import math

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

INLINED = {
    "error_model": "numpy",
    "forceinline": True,
    "no_cpython_wrapper": True,  # only the kernel calls these: wrappers for Python and C would
    "no_cfunc_wrapper": True,  # be a sixth of the time to compile
}

# "contract" allows fused multiply-add. Nothing may be reassociated here: it would undo ROUND.
EXACT = {**INLINED, "fastmath": {"contract"}}

ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to an integer held in the low bits
LOG2_E = 1.4426950408889634
LN2_HIGH = 6.93147180369123816490e-01  # ln 2 in two parts, so that k * LN2_HIGH is exact
LN2_LOW = 1.90821492927058770002e-10
SMALLEST_NORMAL = 2.2250738585072014e-308
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD  # bits of sqrt(1/2): mantissas are taken from [sqrt ½, sqrt 2)


@intrinsic
def bits_of(typing_context, x):
    """Bits of a float64 as int64."""

    def build(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), build


@intrinsic
def float_of(typing_context, bits):
    """Float64 with these bits."""

    def build(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), build


@njit(**EXACT)
def reduced(c):
    """Return (ROUND + k, r) with c = k ln 2 + r, k whole and |r| <= ln(2) / 2."""
    shifted = c * LOG2_E + ROUND
    k = shifted - ROUND
    return shifted, (c - k * LN2_HIGH) - k * LN2_LOW


@njit(**EXACT)
def series(r):
    """1 / 2! + r / 3! + ... + r**11 / 13!: exp(r) is 1 + r + r**2 times this."""
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    return p * r + 0.5


@njit(**EXACT)
def exponential(x):
    """exp(x) within 1 ulp; inf above 709.78, through the subnormals to 0 below -745.13."""
    c = x if x < 710.0 else 710.0
    c = c if c > -746.0 else -746.0
    shifted, r = reduced(c)
    p = series(r)
    p = p * r + 1.0
    p = p * r + 1.0
    # times 2**k in two factors: the power itself would overflow at k = 1024, underflow at -1023
    small = c < -700.0
    near = float_of(bits_of(p) + ((bits_of(shifted) + (54 if small else -1)) << 52))
    y = near * (2.0**-54 if small else 2.0)
    return y if x == x else x


@njit(**EXACT)
def exponential_minus_one(x):
    """exp(x) - 1 without cancellation near 0; for x up to 80."""
    c = x if x < 80.0 else 80.0
    c = c if c > -80.0 else -80.0
    shifted, r = reduced(c)
    q = series(r) * r * r + r
    power = float_of(bits_of(1.0) + (bits_of(shifted) << 52))
    y = power * q + (power - 1.0)
    return y if x == x else x


@njit(**EXACT)
def logarithm(x):
    """log(x) within 1 ulp; -inf at 0, NaN below."""
    subnormal = x < SMALLEST_NORMAL
    scaled = x * 18014398509481984.0 if subnormal else x  # 2**54
    bits = bits_of(scaled)
    e = (bits - SQRT_HALF_BITS) >> 52
    m = float_of(bits - (e << 52))
    k = float(e)
    k = k - 54.0 if subnormal else k
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    r = 1.479819860511658591e-01  # minimax coefficients of log((1+s)/(1-s)), as in fdlibm
    r = r * z + 1.531383769920937332e-01
    r = r * z + 1.818357216161805012e-01
    r = r * z + 2.222219843214978396e-01
    r = r * z + 2.857142874366239149e-01
    r = r * z + 3.999999999940941908e-01
    r = r * z + 6.666666666666735130e-01
    r = r * z
    h = 0.5 * f * f
    y = k * LN2_HIGH - ((h - (s * (h + r) + k * LN2_LOW)) - f)
    y = -np.inf if x == 0.0 else y
    y = np.inf if x == np.inf else y
    return y if x >= 0.0 else np.nan


@njit(**EXACT)
def logarithm_one_plus(e):
    """log(1 + e) for e in [0, 1], with the digits that 1 + e rounds away."""
    u = 1.0 + e
    return logarithm(u) + (e - (u - 1.0)) / u


@njit(**EXACT)
def sigmoid(z):
    return 1.0 / (1.0 + exponential(-z))


@njit(**EXACT)
def normal_cdf(z):
    return 0.5 * math.erfc(-z * 0.7071067811865476)
