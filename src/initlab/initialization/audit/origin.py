r"""The numbers of a parameter -> the distribution they most likely came from, and how certainly.

The shape of the distribution is decided by Bayes' rule among normal, uniform and normal cut at two
stds, each as likely as the others before, their scale unknown (prior 1/scale). With n numbers of
mean square S/n and largest size M their probabilities are known exactly:

- normal: :math:`\tfrac12 \Gamma(n/2) (\pi S)^{-n/2}`
- uniform on ±b: :math:`(2M)^{-n} / n`
- cut at ±2 parent stds: the normal one times :math:`\operatorname{erf}(\sqrt2)^{-n} P(n/2, 2S/M^2)`

A Kolmogorov-Smirnov distance then says whether the best of them fits at all. Its scale is held
against the methods of the catalogue, at the fans of the parameter, and against PyTorch's defaults.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from initlab.errors import InitlabError
from initlab.initialization.audit.numbers import Numbers
from initlab.initialization.digits import rounding_of
from initlab.initializers.distributions import Distribution, Normal, TruncatedNormal, Uniform
from initlab.initializers.distributions.truncated_normal import std_after_cut
from initlab.initializers.entry import Entry
from initlab.initializers.fan import Fan
from initlab.initializers.registry import entries
from initlab.initializers.spec import parse
from initlab.numbers import shown

NORMAL, UNIFORM, TRUNCATED = "normal", "uniform", "truncated_normal"
ORTHOGONAL = "orthogonal"
CUT = 2.0  # of the truncated distributions that are in use
DISTRIBUTIONS: dict[type, str] = {Normal: NORMAL, Uniform: UNIFORM, TruncatedNormal: TRUNCATED}
KURTOSIS = {NORMAL: 3.0, UNIFORM: 1.8, TRUNCATED: 2.3652}  # decides how well n numbers tell a std
DEFAULT = "torch_default"
VARIANTS = (  # besides the methods as they stand
    "he_normal(mode='fan_out')", "he_uniform(mode='fan_out')", "lecun_normal(mode='fan_out')",
    "lecun_uniform(mode='fan_out')", "he_truncated_normal(mode='fan_out')",
)  # fmt: skip
PREFERRED = (  # among methods that are one distribution here
    DEFAULT, "he_normal", "he_uniform", "glorot_normal", "glorot_uniform", "lecun_normal",
    "lecun_uniform", "he_truncated_normal", "glorot_truncated_normal", "lecun_truncated_normal",
    "gpt_normal", "bert_truncated_normal", "normal", "uniform", "truncated_normal", "siren_hidden",
    "siren_first",
)  # fmt: skip
SURE = 0.95  # below, distributions are not distinguishable
ERRORS = 4.0  # standard errors within which a std counts as the same
MISFIT = 2.7  # times 1/sqrt(n): a distance that one distribution in a million exceeds
FEWEST = 8  # numbers; fewer are not judged
FEW_VALUES = 4  # different numbers: no draw from a density
GPT_STD, MOST_LAYERS = 0.02, 200  # N(0, 0.02²/(2 layers)) ends GPT-2's branches
NICE = tuple(f"{digit * 10.0**power:g}" for power in range(-6, 4) for digit in (1, 2, 5))

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Origin:
    """The distribution that numbers most likely came from.

    Attributes:
        distribution: its text, such as "he_normal" or "normal(std=0.036)"; "" where none is known.
        family: "normal", "uniform", "truncated_normal", "constant", "orthogonal", "values", or ""
            where none fits.
        certainty: probability of the family among those that were compared; None where none was.
        also: methods that are not distinguishable from it here.
        words: what a reader should know.
    """

    distribution: str
    family: str
    certainty: float | None = None
    also: tuple[str, ...] = ()
    words: str = ""


def origin_of(found: Numbers, dtype: str, fan: Fan | None, default: Distribution | None) -> Origin:
    """Return the distribution that numbers most likely came from.

    Args:
        found: the numbers.
        dtype: of the parameter.
        fan: its fans; None where it has none.
        default: the distribution that torch's own reset draws it from; None where there is none.
    """
    if found.constant:
        if found.size == 1:  # may be chosen or drawn
            return Origin(f"{found.low:g}", "constant", words="one number")
        return Origin(f"{found.low:g}", "constant", 1.0)
    x = found.sample[np.isfinite(found.sample) & (found.sample != 0)]
    if found.drawn < FEWEST or len(x) < min(FEWEST, found.drawn):
        return Origin("", "", words="too few numbers to tell the distribution")
    values = np.unique(found.sample[np.isfinite(found.sample)])
    if len(values) <= FEW_VALUES:
        counts = {float(value): np.mean(found.sample == value) for value in values}
        text = ", ".join(f"{shown(one, '.6g')} ({shown(share)})" for one, share in counts.items())
        return Origin(
            text, "values", 1.0,
            words="only a few different values occur; the number in brackets after a value is its "
            "share",
        )  # fmt: skip
    mean, std = found.drawn_moments
    centred = abs(mean) <= ERRORS * std / math.sqrt(found.drawn) + rounding_of(dtype) * std
    shares = _posterior(x, centred)
    family, certainty = max(shares.items(), key=lambda item: item[1])
    if not _fits(family, x, 0.0 if centred else mean, std):
        kurtosis = float(np.mean((x - x.mean()) ** 4) / np.var(x) ** 2)
        words = (
            "the numbers fit no distribution that initlab knows (kurtosis "
            f"{shown(kurtosis, '.3g')}); they may have been trained or computed, or may come from "
            "several distributions"
        )
        return Origin("", "", words=words)
    if certainty < SURE:
        likely = sorted((name for name, share in shares.items() if share > 1 - SURE),
                        key=lambda name: -shares[name])  # fmt: skip
        names = []
        for one in likely:
            names += _names(found, one, dtype, fan, default, mean, std, centred)
        names.sort(key=_preference)
        words = f"the distribution may be {' or '.join(one.replace('_', ' ') for one in likely)}"
        text = names[0] if names else _text(family, found, mean, std, centred)
        return Origin(text, family, certainty, tuple(names[1:]), words)
    names = _names(found, family, dtype, fan, default, mean, std, centred)
    text = names[0] if names else _text(family, found, mean, std, centred)
    return Origin(text, family, certainty, tuple(names[1:]))


def _posterior(x: Array, centred: bool) -> dict[str, float]:
    """Return the probabilities of the families."""
    from scipy.special import gammainc  # late: scipy costs more than the rest

    y = x if centred else x - x.mean()
    z = x if centred else x - (x.max() + x.min()) / 2
    n, square = len(x), float(np.dot(y, y))
    largest, half = float(np.abs(y).max()), float(np.abs(z).max())
    normal = math.lgamma(n / 2) - math.log(2) - n / 2 * math.log(math.pi * square)
    inside = float(gammainc(n / 2, 2 * square / largest**2))
    logs = {
        NORMAL: normal,
        UNIFORM: -n * math.log(2 * half) - math.log(n),
        TRUNCATED: normal - n * math.log(math.erf(math.sqrt(2)))
        + (math.log(inside) if inside > 0 else -math.inf),
    }  # fmt: skip
    most = max(logs.values())
    shares = {name: math.exp(one - most) for name, one in logs.items()}
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()}


def _fits(family: str, x: Array, mean: float, std: float) -> bool:
    """Whether the largest distance between the numbers and a distribution is chance."""
    from scipy.special import ndtr

    ordered, n = np.sort(x), len(x)
    if family == UNIFORM:
        below = (ordered - ordered[0]) / (ordered[-1] - ordered[0])
    elif family == NORMAL:
        below = ndtr((ordered - mean) / std)
    else:
        parent = std / std_after_cut(CUT)
        tail = ndtr(-CUT)
        below = np.clip((ndtr((ordered - mean) / parent) - tail) / (1 - 2 * tail), 0, 1)
    steps = np.arange(n + 1) / n
    distance = max(float(np.max(steps[1:] - below)), float(np.max(below - steps[:-1])))
    return distance * math.sqrt(n) < MISFIT


def _names(
    found: Numbers, family: str, dtype: str, fan: Fan | None, default: Distribution | None,
    mean: float,
    std: float, centred: bool,
) -> list[str]:  # fmt: skip
    """Return the methods whose distribution this can be, the nearest first."""
    known = list(_known(fan, entries())) + ([(DEFAULT, default)] if default is not None else [])
    own = {name for name, _ in known if name == DEFAULT} if default is not None else set()
    stds: dict[str, float] = {}
    for name, distribution in known:
        if name in own and distribution is not default:
            continue  # torch's default of this very layer is known
        if DISTRIBUTIONS.get(type(distribution)) != family or centred != (distribution.mean == 0):
            continue
        if not centred and abs(distribution.mean - mean) > ERRORS * std / math.sqrt(found.drawn):
            continue
        if _is_of(found, distribution, family, dtype, std):
            stds[name] = distribution.std
    near = _spread(family, found.drawn) / 2 + rounding_of(dtype)

    def rank(name: str) -> tuple[bool, int, str]:
        return abs(stds[name] / std - 1) > near, _preference(name), name

    return sorted(stds, key=rank)


def _preference(name: str) -> int:
    return PREFERRED.index(name) if name in PREFERRED else len(PREFERRED)


def _is_of(found: Numbers, distribution: Distribution, family: str, dtype: str, std: float) -> bool:
    """Whether the numbers have the distribution's scale."""
    eps = rounding_of(dtype)
    if family == UNIFORM and isinstance(distribution, Uniform):
        # the outermost of n numbers is within 1/n of the bound; a std is 1/sqrt(n) off
        width, room = distribution.high - distribution.low, 20 / found.drawn
        low_gap, high_gap = found.low - distribution.low, distribution.high - found.high
        return all(-eps * width <= gap <= (room + eps) * width for gap in (low_gap, high_gap))
    return abs(std / distribution.std - 1) <= _spread(family, found.drawn) + eps


def _spread(family: str, size: int) -> float:
    """Return the share of a std within which that of so many numbers lies: four standard errors."""
    return ERRORS * math.sqrt((KURTOSIS[family] - 1) / (4 * size))


def _text(family: str, found: Numbers, mean: float, std: float, centred: bool) -> str:
    """Return a distribution by its numbers, rounded as far as they are known."""
    relative = _spread(family, found.drawn)
    if family == UNIFORM:
        room = 20 / found.drawn
        if centred:
            bound = _rounded(max(-found.low, found.high), room)
            return f"uniform(low=-{bound}, high={bound})"
        return f"uniform(low={found.low:.3g}, high={found.high:.3g})"
    shown = _rounded(std, relative)
    if family == NORMAL and centred and shown not in NICE:
        layers = [k for k in range(1, MOST_LAYERS + 1)
                  if abs(std * math.sqrt(2 * k) / GPT_STD - 1) <= relative]  # fmt: skip
        if len(layers) == 1:
            return f"gpt2_residual(layers={layers[0]})"
    if centred:
        return f"{family}(std={shown})"
    middle = _rounded(mean, ERRORS * std / abs(mean) / math.sqrt(found.drawn))
    return f"{family}(std={shown}, mean={middle})"


def _rounded(value: float, relative: float) -> str:
    """Return 1, 2 or 5 times a power of ten where that is within a share, else three digits."""
    near = [text for text in NICE if abs(float(text) - abs(value)) <= relative * abs(value)]
    return ("-" * (value < 0) + near[0]) if len(near) == 1 else f"{value:.3g}"


@lru_cache(maxsize=512)
def _known(fan: Fan | None, catalogue: tuple[Entry, ...]) -> tuple[tuple[str, Distribution], ...]:
    """Return the methods of the catalogue that need nothing but fans, with their distributions."""
    if fan is None:
        return ("normal", Normal(0.0, 1.0)), ("uniform", Uniform(0.0, 1.0))
    names = [one.name for one in catalogue if not any(arg.required for arg in one.arguments)]
    found = []
    for name in (*names, *VARIANTS):
        with contextlib.suppress(InitlabError):  # of a shape that it does not suit
            found.append((name, parse(name).distribution(fan)))
    return tuple(one for one in found if type(one[1]) in DISTRIBUTIONS)
