"""What programs, shops and rips write around a title: numbers, file endings, tempo and key, who they are. Pure.

None of it makes another recording. But a number that stands in front or beside may belong to the title after all
("2. Allegro"): it is told, so that nobody takes two that differ in it for one without asking.
"""

import html
import re
from dataclasses import dataclass

#: "03 One", "3. One", "1-07 One", "[05] One", "A1 - One", and not "99 Problems": a number without a nought or a sign
#: may belong to the title
NUMBERED = re.compile(
    r"\s*(?:[\[(]\d{1,3}[\])]\s*[-._]?\s*|\d{1,2}[-.]\d{2}\s+|0\d{1,2}[-._)\s]+|\d{1,3}\s*[-._)]+\s+"
    r"|[A-H]\d{1,2}\s*[-.]+\s+)(?=\S)"
)
_FILE_NUMBER = re.compile(r"^\s*(\d{1,3})_+(?=\S)")
_FILE = re.compile(r"\.(?:mp3|flac|wav|m4a|aiff?|ogg|opus|aac|wma)\s*$", re.IGNORECASE)
_STARRED = re.compile(r"\*+\s*([^*]+?)\s*\*+")
_CAMELOT, _BPM = r"(?:[1-9]|1[0-2])[AB]", r"\d{2,3}(?:[.,]\d+)?\s*bpm"
# Tempo and key without brackets say what they are, or are no such thing: at least one of them has to.
_BEHIND = re.compile(
    rf"(?:\s+(?:{_CAMELOT}|{_BPM}))+(?:\s+\d{{2,3}})?\s*$|\s+\d{{2,3}}\s+{_CAMELOT}\s*$", re.IGNORECASE
)
_QUALITY = re.compile(r"\s+(?:hd|hq|4k|uhd)\s*$", re.IGNORECASE)
_FACT = re.compile(
    rf"(?<!\w)(?:{_CAMELOT}|{_BPM}|\d{{2,4}}\s*kbps|(?:33|45|78)\s*rpm|\d+(?:st|nd|rd|th)\s+anniversary"
    r"|[A-G](?:b|#|♭|♯)?\s?m(?:in|inor|aj|ajor)?|[A-G](?:b|#|♭|♯))(?!\w)",
    re.IGNORECASE,
)
_TEMPO_ALONE = re.compile(r"(?:[6-9]\d|1\d\d)(?:[.,]\d+)?")
_WHERE = re.compile(
    r"(?:https?://|www\.)\S+|[^\s.]{1,60}(?:\.[^\s.]{1,60}){0,2}\.(?:com|net|org|ru|de|fm|dj|uk)\b", re.IGNORECASE
)
_SOURCE = re.compile(
    r"from\s+(?:[\"'“”‘’«„]|the\s+(?:(?:original\s+)?motion picture|film|movie|musical|soundtrack|album|series)\b)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Cleared:
    """A title with nothing around it."""

    title: str
    #: numbers that stood there
    numbers: frozenset[str]


def spelled_out(text: str) -> str:
    """Text as it was meant where a web page or a file name stood between: `&#39;` and `_`."""
    return html.unescape(text).replace("_", " ")


def cleared(title: str) -> Cleared:
    """The title, spelled out, without what stands in front of it and behind it."""
    numbers: set[str] = set()
    title = _STARRED.sub(r"(\1)", _FILE.sub("", spelled_out(_FILE_NUMBER.sub(r"\1 - ", title))))
    front = NUMBERED.match(title)
    if front:
        numbers |= {number.lstrip("0") for number in _NUMBER.findall(front[0])[-1:]}
        title = title[front.end() :]
    behind = _BEHIND.search(title)
    if behind and title[: behind.start()].strip():
        title = title[: behind.start()]
    if any(bracket in title for bracket in ")]}"):
        title = _QUALITY.sub("", title)
    return Cleared(title, frozenset(numbers))


def without_facts(remark: str) -> str:
    """What a remark beside a title says but for tempo, key, rate, where it was loaded from and which film it is in."""
    if _TEMPO_ALONE.fullmatch(remark.strip()) or _SOURCE.match(remark.strip()):
        return ""
    return _FACT.sub(" ", _WHERE.sub(" ", remark))


def tempo_beside(remark: str) -> str | None:
    """The number that a remark is, if it is nothing else."""
    return remark.strip() if _TEMPO_ALONE.fullmatch(remark.strip()) else None
