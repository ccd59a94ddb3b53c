"""The colours: text can be read in a dark hall, and by those who see little."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain import colours
from appliance.errors import Invalid
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


ANY_COLOUR = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_the_rules_know_the_grounds_that_the_pages_have() -> None:
    dark, _, light = (WEBUI / "css/tokens.css").read_text().partition("@media (prefers-color-scheme: light)")
    for part, grounds in ((dark, colours.DARK_GROUNDS), (light, colours.LIGHT_GROUNDS)):
        raw = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part))
        assert (raw["night"], raw["night-up"]) == grounds


@settings(max_examples=300, deadline=None)
@given(ANY_COLOUR)
def test_every_accent_can_be_read_on_every_page_and_so_can_what_stands_on_it(colour: str) -> None:
    dark, light = colours.in_the_dark(colour), colours.in_the_light(colour)
    for shades, grounds, text in ((dark, colours.DARK_GROUNDS, "#f7f4fa"), (light, colours.LIGHT_GROUNDS, "#1b1520")):
        assert all(contrast(shades.accent, ground) >= CONTRAST for ground in grounds)
        assert contrast(shades.on_accent, shades.accent) >= CONTRAST
        assert contrast(shades.label, text) >= CONTRAST


@settings(max_examples=300, deadline=None)
@given(ANY_COLOUR)
def test_a_colour_is_taken_as_it_is_or_refused_with_one_that_is_taken(colour: str) -> None:
    if min(contrast(colour, ground) for ground in colours.DARK_GROUNDS) >= CONTRAST:
        assert colours.checked_accent(colour) == colour
        return
    with pytest.raises(Invalid) as refused:
        colours.checked_accent(colour)
    offered = str(refused.value.facts["nearest"])
    assert refused.value.code == "accent_unreadable"
    assert offered in refused.value.advice
    assert colours.checked_accent(offered) == offered
    # The nearest, and not just any bright one.
    assert min(contrast(offered, ground) for ground in colours.DARK_GROUNDS) < CONTRAST + 1


@pytest.mark.parametrize("text", ["", "red", "#12", "#1234", "#ggg000", "#ffffff;}", "url(x)", "#fff fff", "#ＦＦＦ"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        colours.checked_accent(text)
    assert refused.value.code == "accent_invalid"


def test_a_colour_may_be_written_short_and_in_capitals() -> None:
    assert colours.checked_accent(" FB0 ") == "#ffbb00"
    assert colours.checked_accent("#FFBB00") == "#ffbb00"
