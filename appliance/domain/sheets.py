"""What may stand in a table that somebody opens in a spreadsheet: titles come from laptops, and may be formulas."""

import re

#: what a spreadsheet may take for a formula's beginning, also in the wide letters of Asian keyboards
_FORMULA = tuple("=+-@|%＝＋－＠")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def safe_cell(text: str) -> str:
    """Text that no spreadsheet runs: no control characters, and an apostrophe before what looks like a formula."""
    clean = _CONTROL.sub(" ", text)
    return f"'{clean}" if clean.lstrip().startswith(_FORMULA) else clean


def length(seconds: int | None) -> str:
    """`0:03:45`, or empty where nobody knows."""
    return "" if seconds is None else f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
