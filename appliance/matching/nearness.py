"""How near two texts are."""

from rapidfuzz import fuzz


def near(one: str, other: str) -> float:
    """1 for the same text, 0 for nothing in common: by the least letters to put in and take out."""
    return float(fuzz.ratio(one, other)) / 100
