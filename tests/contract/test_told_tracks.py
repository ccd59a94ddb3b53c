"""What a DJ's laptop tells of its files: shown at once, remembered, and believed no further than it may be."""

import json
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from appliance.domain.analysis import ANALYSIS_VERSION, Analysis, Tempo
from appliance.domain.events import PlayEnriched, PlayIdentified
from appliance.domain.identity import Reason, Verdict
from appliance.domain.library import Labels
from appliance.domain.looking import Found
from appliance.usecases import scanning, told_tracks
from sync.journal.entries import Entry
from tests.contract.conftest import Scene
from tests.contract.test_facts import facts
from tests.contract.test_library import put
from tests.contract.test_links import Link, heard, said
from tests.support.evening import Evening
from tests.support.library import KNOWN, UNKNOWN, library_track

PlayOut = Callable[[Scene], None]
HASH, OTHER_HASH = "ab" * 32, "cd" * 32


def sounds(play: str, *, sound: Analysis = KNOWN, file_hash: str = HASH, **more: object) -> Entry:
    analysis = msgspec.to_builtins(replace(sound, file_hash=file_hash))
    return said("track.sounds", play=play, analysis=analysis, **({"title": "So What", "artist": "Miles"} | more))


async def identity(evening: Evening, play: str) -> tuple[str | None, float, Reason, Verdict] | None:
    one = await evening.ports.store.write(lambda tx: tx.identity(play))
    return (one.track_id, one.confidence, one.reason, one.verdict) if one else None


def test_a_ghost_gets_its_tempo_at_once_and_so_does_its_next_play(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("1", title="So What"))
        assert await facts(evening, "1") == (None, None, None, None)
        taken = await link.send(sounds("1"))
        assert taken.aside == []
        assert await facts(evening, "1") == (120.0, "library", "Cm", "library")
        kinds = [event.kind for event in evening.told.commits[-1]]
        assert kinds == ["play.identified", "play.enriched"]
        [told] = [event for event in evening.told.commits[-1] if isinstance(event, PlayIdentified)]
        assert told.body()["file_hash"] == HASH
        [more] = [event for event in evening.told.commits[-1] if isinstance(event, PlayEnriched)]
        assert (more.body()["energy"], more.body().get("groove")) == (71.0, None)
        [state] = await evening.ports.reader.stage_states()
        assert state.now is not None
        assert state.now.track.bpm == 120.0
        # Another DJ, another night, the same words in other letters.
        other = Link(evening, await evening.dj("DJ Ben"), epoch="e2")
        await other.send(heard("2", title="SO  what", set="set2", age_ms=3_600_000))
        assert await facts(evening, "2") == (120.0, "library", "Cm", "library")
        found = await identity(evening, "2")
        assert found is not None
        assert found[1:] == (0.95, Reason.FILE_BEFORE, Verdict.FOUND)
        [track] = await evening.ports.reader.library_search(["so what"], limit=9)
        assert (track.analysis.file_hash, track.labels.artist) == (HASH, "Miles")
        [first] = await evening.ports.reader.identities_of_session("set1")
        assert (first.play.id, first.track) == ("1", track)

    play_out(scene)


def test_what_the_dj_or_the_program_says_counts_more(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("1", title="So What", bpm=136.0, bpm_origin="tags"), sounds("1"))
        assert await facts(evening, "1") == (136.0, "tags", "Cm", "library")
        # The file itself takes the place of what came from an earlier play.
        await link.send(heard("2", title="So What"))
        assert await facts(evening, "2") == (120.0, "library", "Cm", "library")
        # Called otherwise it is still the same file.
        await link.send(said("play.known", play="1", title="All Blues"))
        assert (await facts(evening, "1"))[2:] == ("Cm", "library")
        # But the play without a file is something else now.
        await link.send(said("play.known", play="2", title="Nardis"))
        assert await facts(evening, "2") == (None, None, None, None)
        assert await identity(evening, "2") is None

    play_out(scene)


def test_the_same_again_changes_nothing(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("1"), sounds("1"))
        commits = len(evening.told.commits)
        taken = await link.send(*(sounds("1") for _ in range(50)))
        assert (taken.aside, len(evening.told.commits)) == ([], commits)
        assert len(await evening.ports.reader.library_search([], limit=99)) == 1

    play_out(scene)


@pytest.mark.parametrize(
    "change",
    [
        {"tempo": {"bpm": 1e9, "confidence": 1, "steadiness": 1, "first_beat_ms": 0}},
        {"tempo": {"bpm": 120, "confidence": 1.5, "steadiness": 1, "first_beat_ms": 0}},
        {"tempo": {"bpm": 120, "confidence": 1, "steadiness": 1, "first_beat_ms": 0, "others": [1] * 11}},
        {"key": {"tonic": 12, "is_minor": True, "confidence": 1, "tuning_cents": 0}},
        {"embedding": [0, 0, 0, 0, 3]},
        {"embedding": [0, 0, 0, 0]},
        {"fingerprint": "A" * 20_000},
        {"fingerprint": "AAA="},
        {"fingerprint": "not base64!"},
        {"duration_ms": -1},
        {"sound_from_ms": 500, "sound_until_ms": 400},
        {"sound_from_ms": None},
        {"file_hash": "../../etc/passwd"},
        {"file_hash": "AB" * 32},
        {"version": 0},
        {"character": {"brightness": 101}},
        {"swing": "very"},
    ],
    ids=str,
)  # fmt: skip
def test_figures_that_can_not_be_are_kept_aside_and_stop_nothing(play_out: PlayOut, change: dict[str, object]) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        analysis = msgspec.to_builtins(replace(KNOWN, file_hash=HASH)) | change
        taken = await link.send(heard("1"), said("track.sounds", play="1", analysis=analysis), heard("2"))
        assert [(one.seq, one.code) for one in taken.aside] in (
            [(2, "json_wrong_shape")],
            [(2, "analysis_contradicts")],
        )
        assert await evening.ports.reader.play("2") is not None
        assert await evening.ports.reader.library_search([], limit=9) == []

    play_out(scene)


def test_what_is_no_number_at_all_is_no_line(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("1"))
        line = sounds("1").line().replace(b"120.02", b"NaN")
        taken = await link.send(line, line.replace(b"NaN", b"1e999"), line.replace(b"NaN", b"1e-999"))
        assert [one.code for one in taken.aside][:1] == ["line_not_json"]
        assert len(taken.aside) == 3
        assert await evening.ports.reader.library_search([], limit=9) == []

    play_out(scene)


def test_only_of_own_plays_and_only_in_the_version_of_the_box(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj(), await evening.dj("DJ Ben")
        link, other = Link(evening, anna), Link(evening, ben, epoch="e2")
        await link.send(heard("1"))
        taken = await other.send(sounds("1"), sounds("nobody's"))
        assert [one.code for one in taken.aside] == ["session_not_yours", "play_unknown"]
        for version in (ANALYSIS_VERSION + 1, ANALYSIS_VERSION + 1000):
            taken = await link.send(sounds("1", sound=replace(KNOWN, version=version)))
            assert [one.code for one in taken.aside] == ["analysis_other_version"]
        assert await evening.ports.reader.library_search([], limit=9) == []

    play_out(scene)


def test_nobody_takes_the_place_of_what_the_box_heard_or_another_told(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        own = library_track("own", "Own", sound=KNOWN)
        own = replace(own, analysis=replace(own.analysis, file_hash=OTHER_HASH))
        await put(evening, own)
        link = Link(evening, await evening.dj())
        await link.send(heard("1"), heard("2"), sounds("1", file_hash=OTHER_HASH, sound=UNKNOWN), sounds("2"))
        assert await evening.ports.reader.library_track("own") == own
        assert await facts(evening, "1") == (120.0, "library", "Cm", "library")
        ben = Link(evening, await evening.dj("DJ Ben"), epoch="e2")
        await ben.send(heard("3", set="set3", age_ms=3_600_000), sounds("3", sound=UNKNOWN, title="Lies"))
        assert [one.labels.title for one in await evening.ports.reader.library_search([], limit=9)] == [
            "Own",
            "So What",
        ]
        assert await facts(evening, "3") == (120.0, "library", "Cm", "library")

    play_out(scene)


def test_the_box_believes_its_own_ears_of_a_file_that_a_laptop_told_of(play_out: PlayOut) -> None:
    found = Found(b"/music/a.mp3", size=10, modified_ns=1)

    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        wrong = Tempo(bpm=61.0, confidence=1.0, steadiness=1.0, first_beat_ms=0)
        await link.send(heard("1"), sounds("1", sound=replace(KNOWN, tempo=wrong)))
        assert not await scanning.keep_copy(evening.ports, found, root="/music", file_hash=HASH)
        own = replace(KNOWN, file_hash=HASH)
        labels = Labels("Miles", "So What")
        await scanning.keep_heard(evening.ports, found, root="/music", analysis=own, labels=labels, same=None)
        [track] = await evening.ports.reader.library_search([], limit=9)
        assert track.analysis.tempo == KNOWN.tempo
        assert await scanning.keep_copy(evening.ports, replace(found, path=b"/b"), root="/music", file_hash=HASH)
        # The laptop does not get it back.
        await link.send(sounds("1", sound=replace(KNOWN, tempo=wrong)))
        await link.send(heard("2", title="1"))
        assert (await facts(evening, "2"))[0] == 120.0

    play_out(scene)


def test_a_laptop_that_tells_without_end_fills_nothing(play_out: PlayOut, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told_tracks, "TOLD_MOST", 20)

    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("1"))
        codes: list[str] = []
        for start in range(0, 10_000, 5000):
            taken = await link.send(*(sounds("1", file_hash=f"{start + one:064x}") for one in range(5000)))
            codes += [one.code for one in taken.aside]
        assert (set(codes), len(codes)) == ({"analyses_too_many"}, 10_000 - 20)
        assert len(await evening.ports.reader.library_search([], limit=99)) == 20
        # Plays go on as before.
        await link.send(heard("2", bpm=100.0))
        assert (await facts(evening, "2"))[0] == 100.0

    play_out(scene)


def test_labels_are_cleaned_and_a_file_without_title_is_called_as_it_was_played(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("1", title="Naima", artist="Coltrane"), sounds("1", title="", artist="\u202eevil\x07"))
        [track] = await evening.ports.reader.library_search([], limit=9)
        assert (track.labels.title, track.labels.artist) == ("Naima", "evil")
        body = json.loads(sounds("1", title="x" * 501).body)
        taken = await link.send(said("track.sounds", **body))
        assert [one.code for one in taken.aside] == ["json_wrong_shape"]

    play_out(scene)
