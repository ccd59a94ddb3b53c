"""The colours: text can be read in a dark hall, and by those who see little."""

import re

import pytest

from appliance.web.rendering import WEBUI

CONTRAST = 7.0


def _rgb(colour: str) -> tuple[float, float, float]:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = _rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_text_stands_out_seven_to_one(scheme: str) -> None:
    dark, _, light = (WEBUI / "css/tokens.css").read_text().partition("@media (prefers-color-scheme: light)")
    raw = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))
    if scheme == "light":
        raw |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    for text in ("chalk", "chalk-soft", "rose", "amber", "mint", "red"):
        for ground in ("night", "night-up"):
            assert contrast(raw[text], raw[ground]) >= CONTRAST, (text, ground)
    assert contrast(raw["rose-deep"], raw["rose"]) >= CONTRAST
    assert contrast(raw["chalk"], raw["label"]) >= CONTRAST
