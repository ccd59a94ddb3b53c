"""What is in a file, told by its first bytes and never by its name. Pure."""

import re

#: that many bytes are enough
HEAD_BYTES = 4096
#: what each kind's files end in; the first is given to a file that is called something else
ENDINGS: dict[str, tuple[str, ...]] = {
    "mp3": ("mp3", "mp2", "mpga"),
    "flac": ("flac",),
    "ogg": ("ogg", "oga", "opus"),
    "wav": ("wav", "wave", "w64"),
    "aiff": ("aiff", "aif", "aifc"),
    "mp4": ("m4a", "m4b", "mp4", "alac", "3ga", "aac"),
    "aac": ("aac",),
    "wma": ("wma",),
    "ape": ("ape",),
    "wv": ("wv",),
    "mpc": ("mpc",),
    "caf": ("caf",),
    "dsf": ("dsf",),
    "dff": ("dff",),
    "au": ("au",),
    "amr": ("amr",),
    "mka": ("mka", "webm", "weba"),
    "tta": ("tta",),
    "tak": ("tak",),
    "ac3": ("ac3",),
    "oma": ("oma",),
}
_STARTS = (
    (b"fLaC", "flac"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wma"),
    (b"MAC ", "ape"),
    (b"wvpk", "wv"),
    (b"MPCK", "mpc"),
    (b"MP+", "mpc"),
    (b"caff", "caf"),
    (b"DSD ", "dsf"),
    (b"FRM8", "dff"),
    (b".snd", "au"),
    (b"#!AMR", "amr"),
    (b"\x1a\x45\xdf\xa3", "mka"),
    (b"TTA1", "tta"),
    (b"tBaK", "tak"),
    (b"\x0b\x77", "ac3"),
    (b"ea3", "oma"),
    (b"riff\x2e\x91\xcf\x11", "wav"),
)
#: sound in Ogg; pictures that move are none
_OGG = re.compile(rb"OpusHead|\x01vorbis|\x7fFLAC|Speex   ")
_BOXES_OF_VIDEO = (b"qt  ", b"avif", b"heic", b"mif1", b"crx ")


def kind_of(head: bytes) -> str:
    """Which kind of sound a file begins as, a key of `ENDINGS`; empty when it is none that a box can play.

    A box listens to the whole before it plays anything: this only keeps pictures, programs and pages out.
    """
    if head.startswith(b"ID3"):
        return _after_tag(head)
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] in {b"RIFF", b"RF64"} and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return "aiff"
    if head[:4] == b"OggS":
        return "ogg" if _OGG.search(head[:200]) else ""
    if head[4:8] == b"ftyp":
        return "mp4" if head[8:12] not in _BOXES_OF_VIDEO else ""
    return _framed(head)


def _after_tag(head: bytes) -> str:
    """A file that begins with a tag: what is behind it, when that is within reach."""
    if len(head) < 10 or any(byte & 0x80 for byte in head[6:10]):
        return ""
    length = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    rest = head[length:]
    told = "" if rest.startswith(b"ID3") else kind_of(rest)
    # Pictures make tags long, and these tags stand before MP3 nearly always.
    return told or "mp3"


_BITRATES = {
    # version 1: layer 3, layer 2; version 2: both
    (3, 1): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (3, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (2, 1): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _framed(head: bytes) -> str:
    """MP3 and AAC have no beginning of their own: two frames in a row say it."""
    at = len(head) - len(head.lstrip(b"\0"))
    first = _frame_bytes(head[at:])
    if first and (at + first + 4 > len(head) or _frame_bytes(head[at + first :])):
        return "aac" if _is_aac(head[at:]) else "mp3"
    return ""


def _is_aac(head: bytes) -> bool:
    return len(head) >= 7 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0


def _frame_bytes(head: bytes) -> int:
    """How long the frame is that begins here; 0 when none does."""
    if _is_aac(head):
        length = ((head[3] & 3) << 11) | (head[4] << 3) | (head[5] >> 5)
        return length if length >= 7 else 0
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = (head[1] >> 3) & 3, (head[1] >> 1) & 3
    bitrate, rate, padding = head[2] >> 4, (head[2] >> 2) & 3, (head[2] >> 1) & 1
    if version == 1 or layer not in {1, 2} or not 1 <= bitrate <= 14 or rate == 3:
        return 0
    table = _BITRATES[(3, layer) if version == 3 else (2, 1)]
    per_frame = 144 if version == 3 or layer == 2 else 72
    return per_frame * table[bitrate - 1] * 1000 // _RATES[version][rate] + padding
