"""The colours: text can be read in a dark hall, and by those who see little."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain import colours
from appliance.errors import Invalid
from appliance.web.assets import WEBUI

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


def raw_colours(scheme: str) -> dict[str, str]:
    """The raw layer of the tokens."""
    dark, _, light = (WEBUI / "css/tokens.css").read_text().partition("@media (prefers-color-scheme: light)")
    pattern = r"--([\w-]+): (#[0-9a-f]{6});"
    return dict(re.findall(pattern, dark)) | (dict(re.findall(pattern, light)) if scheme == "light" else {})


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_text_stands_out_seven_to_one_and_the_edges_of_what_is_used_three_to_one(scheme: str) -> None:
    raw = raw_colours(scheme)
    for ground in ("night", "night-up"):
        for text in ("chalk", "chalk-soft", "rose", "amber", "mint", "red"):
            assert contrast(raw[text], raw[ground]) >= CONTRAST, (text, ground)
        assert contrast(raw["night-line"], raw[ground]) >= 3, ground
    assert contrast(raw["rose-deep"], raw["rose"]) >= CONTRAST
    assert contrast(raw["chalk"], raw["label"]) >= CONTRAST


def test_every_colour_of_a_style_is_a_token() -> None:
    for path in sorted((WEBUI / "css").iterdir()):
        if path.name not in {"tokens.css", "poster.css"}:
            stray = set(re.findall(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})\b(?![^{]*\{)", path.read_text()))
            # Codes are black on white whatever the page is, and masks have no colour.
            assert stray <= {"#fff", "#000", "#1b0502"}, path.name


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_every_meaning_is_one_of_the_raw_colours(scheme: str) -> None:
    text = (WEBUI / "css/tokens.css").read_text()
    meaning = text[text.index("/* meaning */") : text.index("/* type")]
    used = re.findall(r"--[\w-]+: var\(--([\w-]+)\);", meaning)
    assert len(used) >= 11
    assert set(used) <= set(raw_colours(scheme))


ANY_COLOUR = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_the_rules_know_the_colours_that_the_pages_have() -> None:
    for scheme, grounds in (("dark", colours.DARK_GROUNDS), ("light", colours.LIGHT_GROUNDS)):
        raw = raw_colours(scheme)
        assert (raw["night"], raw["night-up"]) == grounds
    assert raw_colours("dark")["rose"] == colours.OWN_ACCENT


@given(ANY_COLOUR, st.integers(0, 99))
def test_every_stage_s_accent_can_be_read_too(colour: str, turn: int) -> None:
    accent = colours.turned(colour, turn)
    for shades, grounds in (
        (colours.in_the_dark(accent), colours.DARK_GROUNDS),
        (colours.in_the_light(accent), colours.LIGHT_GROUNDS),
    ):
        assert all(contrast(shades.accent, ground) >= CONTRAST for ground in grounds)
        assert contrast(shades.on_accent, shades.accent) >= CONTRAST


def test_the_stages_of_an_event_look_unlike_each_other() -> None:
    accents = [colours.in_the_dark(colours.turned(colours.OWN_ACCENT, turn)).accent for turn in range(8)]
    assert accents[0] == colours.OWN_ACCENT
    far = [
        sum(abs(a - b) for a, b in zip(colours.channels(one), colours.channels(other), strict=True))
        for number, one in enumerate(accents)
        for other in accents[:number]
    ]
    assert min(far) > 0.2


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
