"""The rules of the evening: pure functions that say yes, no, or what it becomes."""

import re
import unicodedata
from dataclasses import replace

from appliance.domain.models import Play, Session, Stamp, TrackInfo
from appliance.errors import Invalid, NotAllowed, Refused

TEXT_MAX = 500
NAME_MAX = 100
KEY_MAX = 10
BPM_MIN, BPM_MAX = 40.0, 300.0
SCORE_MIN, SCORE_MAX = 0.0, 100.0
SCORES = ("energy", "danceability", "brightness", "acousticness", "groove")

#: a play that began longer ago than this is history when it arrives, never "now"
LATE_AFTER_MS = 10 * 60 * 1000
#: DJ programs write whole seconds down, so of two moments so close nobody knows which came first
STAMPS_WITHIN_MS = 1500

# Direction marks and overrides: they let a title reorder the text around it; and the byte order mark that files begin
# with. Joiners (U+200C, U+200D) stay: Persian and emoji need them.
_BIDI = frozenset("\ufeff\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SPACE_CATEGORIES = frozenset({"Zs", "Zl", "Zp"})
_GONE_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn"})
_UNSEEN_CATEGORIES = frozenset({"Cf", "Mn", "Me", "Zs"})
#: an id that a sender chose
SENDERS_ID = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?")


def clean_text(text: str) -> str:
    """Text from a laptop or a phone as it may be shown: NFC, one line, no control or direction characters, trimmed."""
    if text.isascii() and text.isprintable():
        return re.sub(" +", " ", text).strip()
    kept: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if category in _SPACE_CATEGORIES or char in "\t\n\r\v\f":
            kept.append(" ")
        elif category not in _GONE_CATEGORIES and char not in _BIDI:
            kept.append(char)
    return unicodedata.normalize("NFC", re.sub(" +", " ", "".join(kept)).strip())


def is_blank(cleaned: str) -> bool:
    """Whether a cleaned text has nothing that can be seen."""
    return all(unicodedata.category(char) in _UNSEEN_CATEGORIES for char in cleaned)


def required_text(text: str, *, field: str, longest: int = TEXT_MAX) -> str:
    """`clean_text`, refused when nothing that can be seen is left or when it is too long.

    Raises: Invalid with the code `<field>_empty` or `<field>_too_long`.
    """
    cleaned = clean_text(text)
    if is_blank(cleaned):
        raise Invalid(f"{field}_empty", f"The {field} has no character that can be seen.", advice="Fill it in.")
    if len(cleaned) > longest:
        raise Invalid(
            f"{field}_too_long",
            f"The {field} has {len(cleaned)} characters; {longest} is the most.",
            advice=f"Shorten the {field}.",
        )
    return cleaned


def _in_range(value: float | None, *, field: str, low: float, high: float) -> float | None:
    if value is None:
        return None
    # Written so that NaN, which compares false with everything, is refused too.
    if not low <= value <= high:
        raise Invalid(f"{field}_out_of_range", f"{field} is {value}; it must be from {low:g} to {high:g}.")
    return value


def without_unusable_tempo(track: TrackInfo) -> TrackInfo:
    """The track as a program heard it. A tempo that can't be (0 for "no idea", half of a beat) is unknown, and must not
    cost the track.
    """
    return track if track.bpm is None or BPM_MIN <= track.bpm <= BPM_MAX else replace(track, bpm=None)


def clean_track(track: TrackInfo, *, artist_needed: bool = True) -> TrackInfo:
    """The track as it may be stored and shown. A file without tags has no artist, and shows by its title.

    Raises: Invalid, naming the first field that can't be used.
    """
    key = clean_text(track.key) if track.key is not None else ""
    if len(key) > KEY_MAX:
        raise Invalid("key_too_long", f"The key has {len(key)} characters; {KEY_MAX} is the most.")
    scores = {name: _in_range(getattr(track, name), field=name, low=SCORE_MIN, high=SCORE_MAX) for name in SCORES}
    return TrackInfo(
        artist=required_text(track.artist, field="artist") if artist_needed or track.artist else "",
        title=required_text(track.title, field="title"),
        bpm=_in_range(track.bpm, field="bpm", low=BPM_MIN, high=BPM_MAX),
        key=key or None,
        **scores,
        bpm_origin=track.bpm_origin if track.bpm is not None else None,
        key_origin=track.key_origin if key else None,
    )


def identity_key(text: str) -> str:
    """Folds spelling that does not make another track: case, width and compatibility forms."""
    return unicodedata.normalize("NFKC", text).casefold()


def checked_play_id(play_id: str) -> str:
    """A play id of a sender: 1 to 64 of letters, digits and `._:-`.

    Raises: Invalid with the code `play_id_invalid`.
    """
    return checked_id(play_id, what="play")


def checked_id(given: str, *, what: str) -> str:
    """An id that a sender chose for a play or something else.

    Raises: Invalid with the code `<what>_id_invalid`.
    """
    if not re.fullmatch(SENDERS_ID, given):
        raise Invalid(f"{what}_id_invalid", f"The {what} id must be 1 to 64 of letters, digits and . _ : -")
    return given


def slug(name: str) -> str:
    """The name for addresses and topics: lower-case ASCII letters, digits and hyphens, at most 48.

    Raises: Invalid with the code `name_without_letters` when nothing is left.
    """
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    short = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:48].strip("-")
    if not _SLUG.fullmatch(short):
        raise Invalid(
            "name_without_letters",
            "The name has no letter from a to z and no digit, so it can't be part of an address.",
            advice="Add a Latin letter or a digit.",
        )
    return short


def since_ms(then: Stamp, now: Stamp) -> int:
    """How long ago something was, milliseconds. Over a reboot that counts from the boot: how long the box was away is
    nobody's to know, and the wall clock decides nothing.
    """
    if then.boot != now.boot:
        return now.boot_ms
    return max(0, now.boot_ms - then.boot_ms)


def silent_ms(session: Session, now: Stamp) -> int:
    """How long the DJ has given no sign of life, in milliseconds.

    After a reboot the box itself was away: the DJ's silence then counts from the boot.
    """
    return since_ms(session.seen, now)


def owned(session: Session, *, dj_id: str) -> Session:
    """The session, if it is this DJ's.

    Raises: NotAllowed with the code `session_not_yours`.
    """
    if session.dj_id != dj_id:
        raise NotAllowed("session_not_yours", "This session belongs to another DJ.", advice="Start your own session.")
    return session


def running(session: Session) -> Session:
    """The session, if it still runs.

    Raises: Refused with the code `session_over`.
    """
    if session.ended is not None:
        raise Refused("session_over", "This session is over.", advice="Start a new session.")
    return session


def is_late(*, age_ms: int, now: Stamp, current: Play | None) -> bool:
    """Whether a play that arrives now is history only: too old, or older than what is on already."""
    if age_ms > LATE_AFTER_MS:
        return True
    if current is None or current.heard.boot != now.boot:
        return False
    return now.boot_ms - age_ms + STAMPS_WITHIN_MS < current.heard.boot_ms - current.age_ms


def age_ms(play: Play, at: Stamp) -> int:
    """How long ago a play began. Over a reboot only the wall clock tells, and it never says less than nothing."""
    if play.heard.boot == at.boot:
        return max(0, at.boot_ms - play.heard.boot_ms) + play.age_ms
    return max(0, at.wall_ms - play.heard.wall_ms) + play.age_ms
