"""Whether two tracks are one recording, by Chromaprint's words of their first two minutes. Pure.

Words of one recording agree in nearly all of their bits wherever it comes from: another format, a lower rate, some
silence in front. Words that agree in their upper bits say how far the two are shifted; then all bits are counted.
Figures: of one recording in other files at least .93 of the bits agree, of different ones at most .67.

Among thousands a recording is looked for by its marks, a few words that come out the same in whatever file. Of 90 clips
of 36 s, each in six other files (low rates, other formats, silence in front, the first 5 s cut), at least 5 of 32 marks
were found again, 11 at the median of the worst kind; two different clips of 2,000 have two in common.
"""

import heapq
import struct
from collections import Counter
from collections.abc import Iterable

from appliance.domain.library import Sounding

#: how far the lengths of one recording may be apart
LENGTHS_APART_MS = 7000
#: from this share of equal bits on, it is one recording
SAME = 0.85
#: what has fewer marks in common is not looked at; and no more than so many are, however many copies there are
SHARED_MARKS, MARKED_MOST = 2, 30

_WORD_BYTES = 4
_UPPER_SHIFT = 12
# Eight words a second: ten seconds either way.
_FURTHEST = 80
# So many words stand for a recording, of the order that multiplying by an odd number makes of them.
_MARKS, _STIRRED = 32, 2_654_435_761
# Words that must be in both before bits are counted, and how long the stretch that both have must be, in words.
_FEWEST_KNOWN = 6
_SHORTEST = 40
# What repeats votes for many shifts: so many places of a word have a vote, and so many shifts are tried.
_MOST_PLACES = 16
_TRIED = 4
# A tone is one word from beginning to end, and another tone may be the same one: that says nothing.
_FEWEST_DIFFERENT = 8


def marks(fingerprint: bytes) -> frozenset[int]:
    """By what a recording is found: upper bits of some of its words. Empty for what has hardly a word of its own."""
    words = frozenset(_words(fingerprint))
    if len(words) < _FEWEST_DIFFERENT:
        return frozenset()
    uppers = {word >> _UPPER_SHIFT for word in words}
    # Which words are taken depends on the words alone: two files of one recording take the same ones.
    return frozenset(heapq.nsmallest(_MARKS, uppers, key=lambda upper: upper * _STIRRED & 0xFFFFFFFF))


def similarity(one: bytes, other: bytes) -> float:
    """The share of bits that agree where the two overlap best, 0 to 1; 0 where hardly a word is in both."""
    first, second = _words(one), _words(other)
    return max((_alike(one, other, shift) for shift in _shifts(first, second)), default=0.0)


def _alike(one: bytes, other: bytes, shift: int) -> float:
    """The share of bits that agree when the first is so many words later."""
    start, begin = max(0, shift) * _WORD_BYTES, max(0, -shift) * _WORD_BYTES
    length = min(len(one) - start, len(other) - begin) // _WORD_BYTES * _WORD_BYTES
    if length < min(_SHORTEST * _WORD_BYTES, len(one), len(other)):
        return 0.0
    ours, theirs = one[start : start + length], other[begin : begin + length]
    unlike = (int.from_bytes(ours, "little") ^ int.from_bytes(theirs, "little")).bit_count()
    return 1 - unlike / (length * 8)


def first_same(fingerprint: bytes, candidates: Iterable[Sounding]) -> Sounding | None:
    """The candidate that is most surely the same recording, if one is."""
    found: tuple[float, Sounding] | None = None
    ours = frozenset(_words(fingerprint))
    if len(ours) < _FEWEST_DIFFERENT:
        return None
    for one in candidates:
        # Hardly a candidate has a whole word in common: no more than that is looked at in most.
        if ours.isdisjoint(_words(one.fingerprint)):
            continue
        alike = similarity(fingerprint, one.fingerprint)
        if alike >= SAME and (found is None or alike > found[0]):
            found = alike, one
    return found[1] if found else None


def _words(fingerprint: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(fingerprint) // _WORD_BYTES}I", fingerprint[: len(fingerprint) // 4 * 4])


def _shifts(first: tuple[int, ...], second: tuple[int, ...]) -> Iterable[int]:
    """By how many words the first may be later than the second; nothing when hardly a word is in both."""
    places: dict[int, list[int]] = {}
    for place, word in enumerate(second):
        places.setdefault(word >> _UPPER_SHIFT, []).append(place)
    votes: Counter[int] = Counter()
    known = 0
    for place, word in enumerate(first):
        at = places.get(word >> _UPPER_SHIFT, ())
        known += bool(at)
        votes.update(place - other for other in at[:_MOST_PLACES] if abs(place - other) <= _FURTHEST)
    if not first or known < min(_FEWEST_KNOWN, len(first)):
        return ()
    # A loop agrees with itself at many shifts, so several are tried; most files are not shifted at all.
    return {0, *(shift for shift, _ in votes.most_common(_TRIED))}
