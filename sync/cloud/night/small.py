"""Small groups: below five guests a number could point at somebody, so it is told as "fewer than 5". Pure."""

from collections.abc import Sequence

#: fewest guests that are counted out loud
FEWEST = 5


def told(n: int) -> int | None:
    """A number of guests as it may be told: None for one to four. Nobody is nobody, and may be said."""
    return None if 0 < n < FEWEST else n


def told_mean(mean: float) -> float | None:
    """A mean number of guests, to the same rule."""
    return None if 0 < mean < FEWEST else mean


def told_parts(counts: Sequence[int]) -> tuple[int | None, list[int | None]]:
    """A total and its parts. Where one part alone is hidden, so is the total: what is missing would be that part."""
    parts = [told(n) for n in counts]
    total = sum(counts)
    return (None if parts.count(None) == 1 else told(total)), parts
