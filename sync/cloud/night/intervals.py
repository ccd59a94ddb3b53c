"""How sure a figure is: intervals from few numbers. Pure.

Likes in a stretch of listening are taken for a Poisson process: so many likes while so many minutes were listened to.
With a Gamma prior the rate's distribution is again a Gamma, whose shape is the prior's plus the likes and whose rate
is the prior's plus the minutes. A share (stayed of all) gets Wilson's interval.
"""

import math
from dataclasses import dataclass

#: what lies inside an interval
INSIDE = 0.9
#: the 95th percentile of the normal distribution: 5 % on each side
_Z = 1.6448536269514722
_STEPS = 60
_ENOUGH = 1e-13


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and where it lies, with nine chances in ten."""

    middle: float
    low: float
    high: float


def gamma_share(shape: float, x: float) -> float:
    """The share of a Gamma distribution with rate 1 below `x`: the regularised lower incomplete gamma function."""
    if x <= 0:
        return 0.0
    head = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        term = total = 1 / shape
        n = shape
        while term > total * _ENOUGH:
            n += 1
            term *= x / n
            total += term
        return min(1.0, total * head)
    return max(0.0, 1.0 - head * _tail(shape, x))


def _tail(shape: float, x: float) -> float:
    """Lentz's continued fraction for the upper part."""
    b = x + 1 - shape
    c = 1e300
    d = h = 1 / b
    for i in range(1, 1000):
        an = -i * (i - shape)
        b += 2
        d = 1 / (an * d + b)
        c = b + an / c
        h *= d * c
        if abs(d * c - 1) < _ENOUGH:
            break
    return h


def gamma_quantile(shape: float, share: float) -> float:
    """The `x` with `share` of a Gamma distribution with rate 1 below it, by halving."""
    low, high = 0.0, shape + 10 * math.sqrt(shape) + 20
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if gamma_share(shape, middle) < share:
            low = middle
        else:
            high = middle
        if high - low < 1e-7 * high:
            break
    return (low + high) / 2


def rate(events: float, exposure: float, *, prior_events: float, prior_exposure: float) -> Interval:
    """Events for each unit of exposure. The prior counts like so many events in so much exposure, seen before."""
    shape, scale = events + prior_events, exposure + prior_exposure
    side = (1 - INSIDE) / 2
    return Interval(
        middle=shape / scale, low=gamma_quantile(shape, side) / scale, high=gamma_quantile(shape, 1 - side) / scale
    )


def share(part: int, whole: int) -> Interval:
    """A share with Wilson's interval; `whole` is at least 1."""
    p, z2 = part / whole, _Z * _Z
    centre = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z * math.sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    return Interval(middle=p, low=max(0.0, centre - half), high=min(1.0, centre + half))
