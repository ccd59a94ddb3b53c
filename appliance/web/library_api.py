"""`/api/v1/library`: the box's own music, for programs of DJs, organisers and staff."""

from collections.abc import Sequence

import msgspec

from appliance.domain.analysis import Fault, FaultCode, Gap
from appliance.domain.audit import Deed
from appliance.domain.library import LibraryFile, LibraryTrack, bare
from appliance.domain.scanning import Scan, ScanState
from appliance.errors import Invalid, NotKnown, Refused
from appliance.usecases import audit
from appliance.web.operations import Auth, Call, Operation
from appliance.web.site import Site

FOUND_MOST = 100
AFTER_MOST = 1_000_000
WORDS_MOST = 100
_LIMIT = {"type": "integer", "minimum": 1, "maximum": FOUND_MOST, "default": 50}
_AFTER = {"type": "integer", "minimum": 0, "maximum": AFTER_MOST, "default": 0}


class FoundOut(msgspec.Struct, frozen=True, kw_only=True):
    """A recording. What nobody knows of it is null."""

    id: str
    title: str
    artist: str
    album: str
    genre: str
    explicit: bool | None
    duration_ms: int
    bpm: float | None
    #: such as `F#m`, and the same as DJs write it, such as `11A`
    key: str | None
    camelot: str | None
    #: 0 to 100
    energy: int | None
    #: tracks that are this recording, this one counted
    copies: int
    #: whether one of them is on this box or on a stick that is in
    here: bool


class FoundsOut(msgspec.Struct, frozen=True, kw_only=True):
    tracks: list[FoundOut]


class SoundTempoOut(msgspec.Struct, frozen=True, kw_only=True):
    bpm: float
    #: 0 to 1: how sure it is that this is the beat and not half or double of it
    confidence: float
    #: 0 to 1: played to a click is 1
    steadiness: float
    first_beat_ms: int
    #: what else it might be, likeliest first
    others: list[float]
    #: milliseconds and beats a minute in turn, along the way
    course: list[tuple[int, float]]


class SoundKeyOut(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    camelot: str
    confidence: float
    #: hundredths of a semitone off A = 440 Hz
    tuning_cents: int


class ScoresOut(msgspec.Struct, frozen=True, kw_only=True):
    """0 to 100 each; null where there is no beat to tell it from."""

    energy: int | None
    danceability: int | None
    brightness: int | None
    acousticness: int | None
    groove: int | None


class LibraryFileOut(msgspec.Struct, frozen=True, kw_only=True):
    #: as people read it: bytes that are no text stand as question marks
    path: str
    is_there: bool
    size: int
    #: why nobody could listen, and what to do; null and empty when it was heard
    fault: FaultCode | None
    detail: str
    advice: str


class LibraryTrackOut(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of a track."""

    track: FoundOut
    #: of the rules by which somebody listened
    version: int
    tempo: SoundTempoOut | None
    key: SoundKeyOut | None
    scores: ScoresOut | None
    lufs: float | None
    #: how much longer the first of two eighths is: 1 straight, 2 triplets
    swing: float | None
    gaps: list[Gap]
    files: list[LibraryFileOut]
    #: other tracks that are the same recording
    copies: list[FoundOut]


class FaultsOut(msgspec.Struct, frozen=True, kw_only=True):
    files: list[LibraryFileOut]


class MusicPlaceOut(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    is_stick: bool
    is_there: bool
    found: int
    left: int
    trouble: str


class ScanOut(msgspec.Struct, frozen=True, kw_only=True):
    """How far the box is with its music."""

    state: ScanState
    #: music files, and those of them that nobody has listened to yet
    found: int
    left: int
    #: since the box started
    heard: int
    per_minute: float | None
    left_s: int | None
    now: str
    #: different recordings that can be played, and files that nobody can listen to
    playable: int
    faulty: int
    places: list[MusicPlaceOut]


def found_out(track: LibraryTrack, *, copies: int, is_here: bool) -> FoundOut:
    """A track in a list."""
    labels, sound = track.labels, track.analysis
    return FoundOut(
        id=track.id,
        title=labels.title,
        artist=labels.artist,
        album=labels.album,
        genre=labels.genre,
        explicit=labels.is_explicit,
        duration_ms=sound.duration_ms,
        bpm=sound.tempo.bpm if sound.tempo else None,
        key=sound.key.name if sound.key else None,
        camelot=sound.key.camelot if sound.key else None,
        energy=sound.character.energy if sound.character else None,
        copies=copies,
        here=is_here,
    )


def file_out(file: LibraryFile) -> LibraryFileOut:
    """A file, and why it can't be heard."""
    fault = Fault(file.fault) if file.fault else None
    return LibraryFileOut(
        path=file.shown,
        is_there=not file.is_gone,
        size=file.size,
        fault=file.fault,
        detail=fault.detail if fault else "",
        advice=fault.advice if fault else "",
    )


async def found(site: Site, words: str, *, limit: int, after: int) -> list[FoundOut]:
    """Recordings in which every word stands. Raises: Unavailable."""
    reader = site.ports.reader
    tracks = await reader.library_search(bare(words).split(), limit=limit, after=after)
    groups = [track.group for track in tracks]
    copies, here = await reader.library_copies(groups), await reader.library_here(groups)
    return [found_out(one, copies=copies.get(one.group, 1), is_here=one.group in here) for one in tracks]


async def known(site: Site, track_id: str) -> tuple[LibraryTrack, Sequence[LibraryTrack], Sequence[LibraryFile]]:
    """A track, all tracks that are its recording, and its files. Raises: NotKnown, Unavailable."""
    track = await site.ports.reader.library_track(track_id)
    if track is None:
        raise NotKnown("track_unknown", "The box knows no such track.", advice="Look it up in the library.")
    reader = site.ports.reader
    return track, await reader.library_group(track.group), await reader.library_files_of_track(track.id)


async def scan_out(site: Site) -> ScanOut:
    """How far it is. Raises: Unavailable."""
    scan: Scan = site.library.scan()
    counts = await site.ports.reader.library_counts()
    places = [
        MusicPlaceOut(
            path=one.name,
            is_stick=one.is_stick,
            is_there=one.is_there,
            found=one.found,
            left=one.left,
            trouble=one.trouble,
        )
        for one in scan.places
    ]
    return ScanOut(
        state=scan.state,
        found=scan.found,
        left=scan.left,
        heard=scan.heard,
        per_minute=scan.per_minute,
        left_s=scan.left_s,
        now=scan.now.rpartition("/")[2],
        playable=counts.playable,
        faulty=counts.faulty,
        places=places,
    )


def _number(call: Call, name: str, *, usual: int, least: int, most: int) -> int:
    """A number of the query. Raises: Invalid."""
    given = call.request.query_params.get(name, str(usual))
    if not (given.isascii() and given.isdecimal() and len(given) < 9 and least <= int(given) <= most):
        raise Invalid(f"{name}_invalid", f"{name} must be a whole number from {least} to {most}.")
    return int(given)


def _page(call: Call) -> tuple[int, int]:
    limit = _number(call, "limit", usual=50, least=1, most=FOUND_MOST)
    return limit, _number(call, "after", usual=0, least=0, most=AFTER_MOST)


async def search_library(call: Call) -> FoundsOut:
    limit, after = _page(call)
    words = call.request.query_params.get("q", "")
    if len(words) > WORDS_MOST:
        raise Invalid("q_invalid", f"q has {WORDS_MOST} characters at most.")
    return FoundsOut(tracks=await found(call.site, words, limit=limit, after=after))


async def show_track(call: Call) -> LibraryTrackOut:
    track, copies, files = await known(call.site, call.path("track"))
    sound = track.analysis
    is_here = bool(await call.site.ports.reader.library_here([track.group]))
    return LibraryTrackOut(
        track=found_out(track, copies=len(copies), is_here=is_here),
        version=sound.version,
        tempo=_tempo(track),
        key=_key(track),
        scores=msgspec.convert(sound.character, ScoresOut, from_attributes=True) if sound.character else None,
        lufs=sound.loudness.lufs if sound.loudness else None,
        swing=sound.swing,
        gaps=list(sound.gaps),
        files=[file_out(file) for file in files],
        copies=[found_out(one, copies=len(copies), is_here=is_here) for one in copies if one.id != track.id],
    )


def _tempo(track: LibraryTrack) -> SoundTempoOut | None:
    tempo = track.analysis.tempo
    if tempo is None:
        return None
    return SoundTempoOut(
        bpm=tempo.bpm,
        confidence=tempo.confidence,
        steadiness=tempo.steadiness,
        first_beat_ms=tempo.first_beat_ms,
        others=list(tempo.others),
        course=[(one.at_ms, one.bpm) for one in track.analysis.course],
    )


def _key(track: LibraryTrack) -> SoundKeyOut | None:
    key = track.analysis.key
    if key is None:
        return None
    return SoundKeyOut(name=key.name, camelot=key.camelot, confidence=key.confidence, tuning_cents=key.tuning_cents)


async def list_faults(call: Call) -> FaultsOut:
    limit, after = _page(call)
    files = await call.site.ports.reader.library_faulty(limit=limit, after=after)
    return FaultsOut(files=[file_out(file) for file in files])


async def show_scan(call: Call) -> ScanOut:
    return await scan_out(call.site)


async def look(call: Call) -> ScanOut:
    if not call.site.library.look_now():
        raise Refused(
            "library_off", "Nobody looks for music on this box.", advice="Set library.enabled in its settings."
        )
    await audit.note(call.site.ports, Deed("library.looked"), by=call.actor())
    return await scan_out(call.site)


_PAGE_QUERY = (("limit", _LIMIT, "How many at most."), ("after", _AFTER, "How many to leave out in front."))
_WORDS = {"type": "string", "maxLength": WORDS_MOST}

# fmt: off
OPERATIONS = (
    Operation("GET", "/library/tracks", "searchLibrary", "The box's own music, by words of its labels.",
        search_library, Auth.CREW, gives=FoundsOut,
        query=(("q", _WORDS, "Words, each of which must stand in title, artist, album or genre."), *_PAGE_QUERY)),
    Operation("GET", "/library/tracks/{track}", "showLibraryTrack", "Everything that is known of a track.",
        show_track, Auth.CREW, gives=LibraryTrackOut, also=((404, "No such track."),)),
    Operation("GET", "/library/faults", "listLibraryFaults", "Files that nobody can listen to, and why.",
        list_faults, Auth.CREW, gives=FaultsOut, query=_PAGE_QUERY),
    Operation("GET", "/library/scan", "showLibraryScan", "How far the box is with its music.", show_scan, Auth.CREW,
        gives=ScanOut),
    Operation("POST", "/library/scan", "lookThroughLibrary", "Look through all music again, at once.", look,
        Auth.STAFF, gives=ScanOut, status=202, also=((409, "Nobody looks for music here."),)),
)
# fmt: on
