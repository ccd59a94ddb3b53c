"""Musical keys in every notation that DJ programs use, as one spelling: `Am`, `F#`, `Bb`. Pure.

Understood: musical text (`Bbm`, `A#`, `D#min`, `Ebmaj`, `F sharp minor`), Camelot (`8A`), Open Key (`1m`, `1d`). What
is not understood is left to the reader, as it was.
"""

import re

#: as most programs and most dancers spell them
_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_NAMES = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGNS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1, "sharp": 1, "flat": -1}
_MUSICAL = re.compile(
    r"(?P<letter>[A-Ga-g])\s*(?P<sign>#|♯|b|♭|[Ss]harp|[Ff]lat)?\s*"
    r"(?P<mode>m|min|minor|Min|Minor|MIN|moll|maj|major|Maj|Major|MAJ|M|dur)?\.?"
)
_CAMELOT = re.compile(r"0?(?P<number>[1-9]|1[0-2])\s*(?P<side>[ABab])")
_OPEN_KEY = re.compile(r"0?(?P<number>[1-9]|1[0-2])\s*(?P<side>[mdMD])")
_MINOR = {"m", "min", "minor", "moll"}
#: pitch class of 1A (A flat minor) and 1B (B major); each further number is a fifth up
_CAMELOT_MINOR, _CAMELOT_MAJOR = 8, 11
#: pitch class of 1m (A minor) and 1d (C major)
_OPEN_MINOR, _OPEN_MAJOR = 9, 0


def spelled(pitch: int, *, minor: bool) -> str:
    """The name of a key by its pitch class (0 is C)."""
    return (_MINOR_NAMES if minor else _NAMES)[pitch % 12]


def normalised(text: str) -> str | None:
    """The key in the one spelling, or None when `text` is no key."""
    text = text.strip()
    if found := _CAMELOT.fullmatch(text):
        minor = found["side"].upper() == "A"
        start = _CAMELOT_MINOR if minor else _CAMELOT_MAJOR
        return spelled(start + 7 * (int(found["number"]) - 1), minor=minor)
    if found := _OPEN_KEY.fullmatch(text):
        minor = found["side"].lower() == "m"
        start = _OPEN_MINOR if minor else _OPEN_MAJOR
        return spelled(start + 7 * (int(found["number"]) - 1), minor=minor)
    found = _MUSICAL.fullmatch(text)
    if found is None:
        return None
    mode = found["mode"] or ""
    # A capital M alone means major, a small one minor.
    minor = mode == "m" or mode.lower() in _MINOR - {"m"}
    sign = _SIGNS[(found["sign"] or "").lower()]
    return spelled(_LETTERS[found["letter"].upper()] + sign, minor=minor)
