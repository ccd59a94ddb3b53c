"""Artist and title taken apart: who plays, what is played, and in which version. Pure.

Programs, shops and people spell one recording in many ways. What never makes another recording (case, accents, "The",
"feat.", "Radio Edit", "Remastered") is left out; what does (a remix, a live take, an instrumental) is kept apart.
"""

import re
import unicodedata
from dataclasses import dataclass

from appliance.domain.clutter import cleared, spelled_out, tempo_beside, without_facts
from appliance.domain.library import unstroked

#: an artist that says nothing
_NOBODY = frozenset({"", "unknown", "unknown artist", "various", "various artists", "va", "artist", "n a", "none"})
#: words of which a remark may be made and say nothing of the recording
_PLAIN = frozenset({
    "original", "mix", "version", "album", "single", "radio", "edit", "remaster", "remastered", "mastered",
    "re", "digital", "digitally", "official", "video", "music", "audio", "lyric", "lyrics", "visualizer",
    "visualiser", "hd", "hq", "4k", "explicit", "clean", "dirty", "uncensored", "mono", "stereo", "bonus",
    "track", "deluxe", "edition", "main", "full", "length", "lp", "cd", "ep", "new", "the", "a", "from",
    "anniversary", "mv", "pv", "uhd", "upgrade", "free", "dl", "download", "downloads", "sale",
})  # fmt: skip
#: a remark with one of these is of another recording, unless it is plain altogether
_VERSION = frozenset({
    "remix", "mix", "edit", "dub", "live", "acoustic", "instrumental", "karaoke", "cover", "extended",
    "bootleg", "mashup", "rework", "version", "vip", "cappella", "slowed", "sped", "nightcore", "demo",
    "unplugged", "reprise", "club", "refix", "flip", "remake", "tribute", "medley", "session", "sessions",
    "orchestral", "piano", "reverb", "chopped", "screwed", "alternate", "alternative", "take", "rehearsal",
    "stripped", "interlude", "intro", "outro", "symphonic", "dubplate", "12", "7", "recut", "redo", "remixed",
})  # fmt: skip
#: of these only the length or the beginning is another one: tempo and key stay
_SOFT = frozenset({
    "extended", "club", "mix", "edit", "version", "12", "7", "long", "short", "the", "original", "single",
    "album", "intro", "outro", "clean", "inch",
})  # fmt: skip
#: these make another recording wherever they stand in a title
_STRONG = frozenset({
    "remix", "bootleg", "instrumental", "karaoke", "acoustic", "mashup", "cappella", "nightcore", "slowed",
    "unplugged", "medley", "refix",
})  # fmt: skip
_SAME_WORDS = {
    "rmx": "remix", "acapella": "cappella", "acappella": "cappella", "instr": "instrumental", "pt": "part",
    "vol": "volume",
    "ft": "feat", "featuring": "feat", "vs": "and", "versus": "and", "n": "and", "und": "and", "et": "and", "ii": "2",
    "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "vers": "version", "rework": "remix",
    "ok": "okay", "thru": "through", "nite": "night", "cuz": "because",
}  # fmt: skip
_COUNTED = frozenset({"part", "volume", "chapter", "act", "number", "no", "op"})
_ROMANS = {"i": "1", "v": "5", "x": "10"}
# Marks over kana make another sound: ga is not ka.
_KANA_MARKS = frozenset("\u3099\u309a")
_APOSTROPHES = str.maketrans("", "", "'’‘`´ʼ′\"“”„«»")
# "R.E.M." and "T.N.T." are said letter by letter, and written with or without the dots.
_LETTERS = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?")
_INSIDE = re.compile(r"(?<=\w)[$!](?=\w)")
_BRACKETS = re.compile(r"[(\[{（【「『]([^()\[\]{}（）【】「」『』]*)[)\]}）】」』]")
_DASH = re.compile(r"\s+[-–—~|]\s+")
_FEAT = re.compile(r"(?:^|(?<=\s))(?:feat|ft|featuring)\b\.?\s*", re.IGNORECASE)
_AND = re.compile(r"\s*(?:[,;/+&、×]|\s(?:and|und|et|y|x|vs\.?|versus|with|pres\.?|presents)\s)\s*", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBERED = re.compile(r"(?:track|titel|piste|audio|untitled|unknown|pista|utwor|sav)( (track|title))?( \d+)?")


def fold(text: str) -> str:
    """Words without case, accents, punctuation and spellings that make no difference. Empty only for empty text."""
    kept: list[str] = []
    text = _LETTERS.sub(lambda found: found[0].replace(".", ""), text.translate(_APOSTROPHES))
    text = _INSIDE.sub(lambda found: {"$": "s", "!": "i"}[found[0]], text)
    for char in unicodedata.normalize("NFKD", text.replace("&", " and ").replace("+", " and ")):
        category = unicodedata.category(char)[0]
        if category in "LN" or char in _KANA_MARKS or (category == "M" and not unicodedata.combining(char)):
            kept.append(char)
        elif category != "M":
            kept.append(" ")
    plain = unstroked(unicodedata.normalize("NFC", "".join(kept)).casefold())
    words = [_SAME_WORDS.get(word, word) for word in plain.split()]
    for place in range(1, len(words)):
        if words[place - 1] in _COUNTED:
            words[place] = _ROMANS.get(words[place], words[place])
    # A name of signs alone, such as "???", is what it is.
    return " ".join(words) or " ".join(text.casefold().split())


def _without_the(folded: str) -> str:
    return folded.removeprefix("the ").removesuffix(" the") or folded


@dataclass(frozen=True, slots=True)
class Named:
    """What a name says."""

    #: who plays, each folded; empty when nobody is said
    artists: frozenset[str]
    #: who is featured
    guests: frozenset[str]
    #: the title without its remarks
    title: str
    #: what stands in brackets and belongs to the title, such as "I Can't Get No"
    aside: str
    #: what makes it another recording than the one that the title alone means
    version: frozenset[str]
    #: numbers in front of the title or beside it that are hardly a part of it
    beside: frozenset[str] = frozenset()

    @property
    def words(self) -> str:
        """Everything but the version, in an order that does not depend on who stands where."""
        return " ".join(sorted(" ".join((*self.artists, self.title, self.aside)).split()))

    @property
    def is_soft(self) -> bool:
        """Whether the version is only longer or shorter."""
        return self.version <= _SOFT

    @property
    def is_generic(self) -> bool:
        """Whether the title names nothing, such as "Track 01"."""
        return _NUMBERED.fullmatch(self.title) is not None

    @property
    def strong(self) -> frozenset[str]:
        """Words that make another recording wherever they stand."""
        return frozenset(self.title.split()) & _STRONG | self.version & _STRONG

    @property
    def numbers(self) -> frozenset[str]:
        """Numbers in the title: another number is another piece."""
        return frozenset(word for word in f"{self.title} {self.aside}".split() if any(char.isdigit() for char in word))


def named(artist: str, title: str) -> Named:
    """A name taken apart. With no artist, "Artist - Title" as a title is both."""
    bare = cleared(title)
    return _named(spelled_out(artist), bare.title, bare.numbers)


def _named(artist: str, title: str, numbers: frozenset[str]) -> Named:
    before, *after = _DASH.split(title.strip(), maxsplit=1)
    is_pair = bool(after and before and after[0]) and _kind(_BRACKETS.sub(" ", after[0])) == "title"
    if fold(artist) in _NOBODY or not artist.strip():
        if is_pair:
            return _named(before, after[0], numbers)
        artist = ""
    players, guests = _people(artist)
    if is_pair and players and frozenset(_people(before)[0]) == frozenset(players):
        # The artist once more, in front of the title.
        return _named(artist, after[0], numbers)
    core, asides, version, featured = _apart(title)
    tempi = filter(None, map(tempo_beside, [*_BRACKETS.findall(title), *_DASH.split(title)[1:]]))
    return Named(
        artists=frozenset(players),
        guests=frozenset(guests + featured),
        title=_without_the(fold(core)),
        aside=fold(" ".join(asides)) if asides else "",
        version=frozenset(version),
        beside=numbers | frozenset(tempi),
    )


def _people(text: str) -> tuple[list[str], list[str]]:
    """Who plays, and who is featured."""
    main, *featured = _FEAT.split(text)
    # In brackets after a name stands where it is from, or who it is beside.
    inside = [found for found in _BRACKETS.findall(main) if found.strip()]
    main = _BRACKETS.sub(" ", main).strip() or main
    guests = [one for part in featured for one in _names(part)]
    return _names(main), guests + [one for part in inside for one in _names(_FEAT.sub("", part))]


def _names(text: str) -> list[str]:
    # "Beatles, The"
    text = re.sub(r",\s*the\s*$", "", text.strip(" ()[]"), flags=re.IGNORECASE)
    return [name for one in _AND.split(text) if (name := _without_the(fold(one)))]


def _apart(title: str) -> tuple[str, list[str], list[str], list[str]]:
    """The title's core, what belongs to it in brackets, its version, and who is featured."""
    asides: list[str] = []
    version: list[str] = []
    guests: list[str] = []
    core, *featured = _FEAT.split(_BRACKETS.sub(" ", title))
    core, *remarks = _DASH.split(core.strip())
    for one in featured:
        who, *rest = _DASH.split(one.strip())
        guests += _names(who)
        remarks += rest
    for remark in [*_BRACKETS.findall(title), *remarks]:
        kind = _kind(remark)
        if kind == "guests":
            guests += _names(re.sub(r"^\s*(?:with|w/)\s*", "", _FEAT.sub("", remark), flags=re.IGNORECASE))
        elif kind == "version":
            version += [word for word in fold(remark).split() if word not in {"the", "a", "and"}]
        elif kind == "title":
            asides.append(remark)
    if not core.strip(" -"):
        # All of it stood in brackets.
        return title, [], version, guests
    return core, asides, version, guests


def _kind(remark: str) -> str:
    """What a remark beside a title is: `guests`, `plain`, `version`, or a part of the `title`."""
    if _FEAT.match(remark.strip()) or re.match(r"\s*(?:with|w/)\s", remark, re.IGNORECASE):
        return "guests"
    said = without_facts(remark)
    words = [word for word in fold(said).split() if not _YEAR.fullmatch(word)] if said.strip(" -/|,.*") else []
    if not words or (set(words) <= _PLAIN and words != ["mix"]):
        return "plain"
    return "version" if set(words) & _VERSION or {"remix"} & set(words) else "title"
