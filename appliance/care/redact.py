"""Takes out of a text what may not leave the box: secrets, and whatever could tell one guest from another.

Pure. Errs on the side of taking out too much: a log without an address still says what went wrong.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable

#: longer lines are cut: whoever writes them puts something in that nobody reads
LINE_MOST = 32 * 1024

_HEX = "0-9a-fA-F"
_SEPARATOR = r"(?:[:\-.]|%3[aA])"
_NAMED_SECRET = re.compile(
    r"(?i)\b(passphrase|password|passwd|psk|secret|setup.code)\b(['\"]?\s*[:=]\s*|['\"]?\s+)"
    # What is masked already, or empty, stays as it is.
    r"(?!\"\**\"|[:=])(?:\"[^\"]*\"|'[^']*'|\S+)"
)
_FIXED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"pk_(?:dj|login)_[\w.~+/=-]+"), "[token]"),
    (re.compile(r"[^\s@<>()\[\],;:\"'=]{1,64}@[^\s@<>()\[\],;:\"']+"), "[email]"),
    (re.compile(r"(?i)\b(bearer|basic)(\s+)[\w.~+/=:-]+"), r"\1\2[token]"),
    (re.compile(r"(?i)\b((?:set-)?cookie['\"]?\s*[:=,]\s*).*"), r"\1[cookie]"),
    (re.compile(r"\b(pika_\w+=)[^;\s,'\"]+"), r"\1[cookie]"),
    (_NAMED_SECRET, r"\1\2[secret]"),
    (re.compile(r"\b[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}\b"), "[code]"),
    (re.compile(r"Mozilla/\d.*"), "[browser]"),
    (re.compile(rf"(?<![{_HEX}])[{_HEX}]{{2}}(?:{_SEPARATOR}[{_HEX}]{{2}}){{5}}(?![{_HEX}])"), "[card]"),
    (re.compile(rf"(?<![{_HEX}])[{_HEX}]{{4}}\.[{_HEX}]{{4}}\.[{_HEX}]{{4}}(?![{_HEX}])"), "[card]"),
)
_LONG_HEX = re.compile(rf"(?<![{_HEX}])[{_HEX}]{{12,}}")
_IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d])")
_IPV6 = re.compile(
    rf"(?<![\w:.])[{_HEX}]{{0,4}}(?:(?::|%3[aA])[{_HEX}]{{0,4}}){{2,8}}(?:\.\d{{1,3}}){{0,3}}(?:%[\w.-]+)?(?!\w)"
)
#: addresses that every machine has
_EVERYBODYS = ("127.0.0.1", "::1", "0.0.0.0", "::")


def _address(text: str) -> str | None:
    """The one spelling of an IP address, or None when it is none."""
    plain = re.sub("%3[aA]", ":", text).partition("%")[0]
    try:
        return str(ipaddress.ip_address(plain))
    except ValueError:
        return None


def redactor(*, own: Iterable[str] = (), secrets: Iterable[str] = ()) -> Callable[[str], str]:
    """A function that takes everything out of a line but `own`: this box's addresses and ids.

    `secrets` are taken out wherever they stand, whatever they look like.
    """
    mine = {_address(one) or one.lower() for one in (*own, *_EVERYBODYS)}
    known = sorted({one for one in secrets if one}, key=len, reverse=True)
    literal = re.compile("|".join(re.escape(one) for one in known)) if known else None

    def keep_own(found: re.Match[str]) -> str:
        address = _address(found[0])
        return found[0] if address is None or address in mine else "[address]"

    def keep_own_id(found: re.Match[str]) -> str:
        return found[0] if found[0].lower() in mine else "[id]"

    def redact(line: str) -> str:
        if len(line) > LINE_MOST:
            line = line[:LINE_MOST].rpartition(" ")[0] + " [cut]"
        if literal:
            line = literal.sub("[secret]", line)
        for pattern, instead in _FIXED:
            line = pattern.sub(instead, line)
        line = _IPV4.sub(keep_own, _IPV6.sub(keep_own, line))
        return _LONG_HEX.sub(keep_own_id, line)

    return redact
