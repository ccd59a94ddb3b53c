"""Colours that may carry text: how far apart two are, and which one nearest to a wish can be read. Pure.

Contrast as WCAG 2.2 has it (relative luminance); "nearest" keeps the hue and moves the lightness, in Oklab.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, sin

from appliance.errors import Invalid

#: between text and what is behind it (WCAG 2.2, 1.4.6), as everywhere on the pages
CONTRAST = 7.0
#: what is behind text on the pages, as in `css/tokens.css`: in the dark hall, and where a phone prefers light
DARK_GROUNDS = ("#0b090f", "#17131f")
LIGHT_GROUNDS = ("#faf7f4", "#ffffff")
#: what stands out where nobody chose a colour, as in `css/tokens.css`
OWN_ACCENT = "#ff8ba0"
#: between one stage's hue and the next one's: the golden angle, so that however many there are, they lie far apart
_TURN_RAD = 2.399963
_DARK_TEXT, _LIGHT_TEXT = "#1b1520", "#f7f4fa"
_HEX = re.compile(r"#?(?P<six>[0-9a-fA-F]{6})|#?(?P<three>[0-9a-fA-F]{3})")
_STEPS = 200

_Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Shades:
    """What an accent becomes on one kind of page."""

    #: for text, lines and filled buttons
    accent: str
    #: for text on the accent
    on_accent: str
    #: behind headings, where text is read on it too
    label: str


def parsed(text: str) -> str:
    """A colour as `#rrggbb`.

    Raises: Invalid with the code `accent_invalid`.
    """
    found = _HEX.fullmatch(text.strip())
    if found is None:
        raise Invalid("accent_invalid", "This is not a colour.", advice="Write it like #ffb000.")
    digits: str = found["six"] or "".join(2 * digit for digit in found["three"])
    return f"#{digits.lower()}"


def channels(colour: str) -> _Triple:
    """Red, green and blue of `#rrggbb`, each from 0 to 1."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _linear(colour: str) -> _Triple:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels(colour))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black and white)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def is_readable(colour: str, *, on: Sequence[str]) -> bool:
    """Whether text of this colour can be read on each of these grounds."""
    return all(contrast(colour, ground) >= CONTRAST for ground in on)


def _to_oklab(colour: str) -> _Triple:
    red, green, blue = _linear(colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _from_oklab(light: float, a: float, b: float) -> str | None:
    """The colour, or None when no screen has it."""
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    if not all(-0.001 <= c <= 1.001 for c in linear):
        return None
    clipped = (min(1.0, max(0.0, c)) for c in linear)
    encoded = (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in clipped)
    return "#" + "".join(f"{round(255 * c):02x}" for c in encoded)


def _at_lightness(light: float, a: float, b: float) -> str:
    """The colour of this lightness and hue, as strong as a screen has it."""
    for step in range(_STEPS + 1):
        strength = 1 - step / _STEPS
        found = _from_oklab(light, a * strength, b * strength)
        if found is not None:
            return found
    return "#ffffff" if light > 0.5 else "#000000"


def nearest(colour: str, *, on: Sequence[str]) -> str:
    """The colour itself if it can be read on these grounds, else the nearest of its hue that can."""
    if is_readable(colour, on=on):
        return colour
    light, a, b = _to_oklab(colour)
    # Away from the grounds: lighter on dark ones, darker on light ones.
    end = 1.0 if _luminance(on[0]) < 0.5 else 0.0
    for step in range(1, _STEPS):
        found = _at_lightness(light + (end - light) * step / _STEPS, a, b)
        if is_readable(found, on=on):
            return found
    return "#ffffff" if end else "#000000"


def turned(colour: str, times: int) -> str:
    """The colour with its hue turned so many times; none is itself. Grey stays grey."""
    if times == 0:
        return colour
    light, a, b = _to_oklab(colour)
    angle = times * _TURN_RAD
    return _at_lightness(light, a * cos(angle) - b * sin(angle), a * sin(angle) + b * cos(angle))


def checked_accent(text: str) -> str:
    """An accent as it may be kept: one that can be read in the dark hall. For light pages it is darkened by itself.

    Raises: Invalid with the code `accent_invalid`, or `accent_unreadable` with the nearest that can be read.
    """
    colour = parsed(text)
    if not is_readable(colour, on=DARK_GROUNDS):
        offered = nearest(colour, on=DARK_GROUNDS)
        raise Invalid(
            "accent_unreadable",
            f"{colour} can't be read in a dark hall: its contrast is below {CONTRAST:g} to 1.",
            advice=f"The nearest that can be read is {offered}.",
            nearest=offered,
        )
    return colour


def _mixed(colour: str, ground: str, share: float) -> str:
    pairs = zip(channels(colour), channels(ground), strict=True)
    return "#" + "".join(f"{round(255 * (share * one + (1 - share) * other)):02x}" for one, other in pairs)


def _shades(accent: str, *, ground: str, text: str) -> Shades:
    shares = (share / 100 for share in range(24, -1, -2))
    label = next(mixed for share in shares if contrast(mixed := _mixed(accent, ground, share), text) >= CONTRAST)
    return Shades(accent=accent, on_accent=ground, label=label)


def in_the_dark(accent: str) -> Shades:
    """What an accent becomes in the dark hall."""
    return _shades(nearest(accent, on=DARK_GROUNDS), ground=DARK_GROUNDS[0], text=_LIGHT_TEXT)


def in_the_light(accent: str) -> Shades:
    """What it becomes where a phone prefers light."""
    return _shades(nearest(accent, on=LIGHT_GROUNDS), ground=LIGHT_GROUNDS[1], text=_DARK_TEXT)
