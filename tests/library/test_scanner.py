"""What the scanner makes of folders as they change."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from appliance.domain.analysis import ANALYSIS_VERSION, Analysis, FaultCode
from appliance.domain.scanning import ScanState
from appliance.library.places import Places
from tests.library.conftest import HASTE, Ear, looking

_MUSIC = {"Anna - One.mp3", "Ben - Two.flac", "03 - Three.ogg"}


def test_a_folder_becomes_known_and_is_not_heard_twice(tmp_path: Path, music: Path) -> None:
    async def scenario() -> None:
        ear, places = Ear(), Places([music])
        async with looking(tmp_path / "box.db", places, hear=ear) as box:
            await box.all_known()
            assert sorted(ear.heard) == sorted(_MUSIC)
            found = await box.evening.ports.reader.library_search(["anna"], limit=9)
            assert [(one.labels.artist, one.labels.title) for one in found] == [("Anna", "One")]
            counts = await box.evening.ports.reader.library_counts()
            assert (counts.files, counts.heard, counts.playable) == (3, 3, 3)
            scan = box.scanner.scan()
            assert (scan.found, scan.left, scan.left_s, scan.heard) == (3, 0, 0, 3)
            assert scan.per_minute is not None
        # After a restart nothing is done again.
        async with looking(tmp_path / "box.db", places, hear=ear) as box:
            await box.all_known()
            assert len(ear.heard) == 3

    asyncio.run(scenario())


def test_a_restart_in_the_middle_goes_on_where_it_was(tmp_path: Path, music: Path) -> None:
    ear = Ear()

    async def scenario() -> None:
        hung = asyncio.Event()

        async def hear(path: Path) -> Analysis:
            if len(ear.heard) == 2:
                hung.set()
                await asyncio.sleep(1000)
            return await ear(path)

        async with looking(tmp_path / "box.db", Places([music]), hear=hear) as box:
            async with asyncio.timeout(20):
                await hung.wait()
            await box.until(lambda: box.scanner.scan().state is ScanState.HEARING)
            scan = box.scanner.scan()
            assert (scan.found, scan.left) == (3, 1)
            assert scan.now.endswith(".ogg")
        async with looking(tmp_path / "box.db", Places([music]), hear=ear) as box:
            await box.all_known()
        assert sorted(ear.heard) == sorted(_MUSIC)

    asyncio.run(scenario())


def test_a_moved_file_and_a_copy_are_the_track_they_were(tmp_path: Path, music: Path) -> None:
    async def scenario() -> None:
        ear = Ear()
        async with looking(tmp_path / "box.db", Places([music]), hear=ear) as box:
            await box.all_known()
            before = (await box.files(music))["Anna - One.mp3"]
            (music / "Anna - One.mp3").rename(music / "Ella" / "another name.mp3")
            await box.all_known()
            files = await box.files(music)
            assert "Anna - One.mp3" not in files
            assert files["Ella/another name.mp3"].track_id == before.track_id
            copy = music / "copy.mp3"
            copy.write_bytes((music / "Ella" / "another name.mp3").read_bytes())
            await box.all_known()
            assert (await box.files(music))["copy.mp3"].track_id == before.track_id
            assert len(ear.heard) == 3
            copy.unlink()
            await box.all_known()
            assert (await box.files(music))["copy.mp3"].is_gone

    asyncio.run(scenario())


def test_a_recording_in_another_file_joins_its_group_and_new_labels_keep_the_track(tmp_path: Path, music: Path) -> None:
    async def scenario() -> None:
        ear = Ear()
        async with looking(tmp_path / "box.db", Places([music]), hear=ear) as box:
            await box.all_known()
            reader = box.evening.ports.reader
            one = await reader.library_track((await box.files(music))["Ben - Two.flac"].track_id or "")
            assert one
            other = music / "Ben - Two (bought).mp3"
            ear.says[other.name] = one.analysis
            other.write_bytes(b"the same sound in another format")
            await box.all_known()
            copies = await reader.library_group(one.group)
            assert [track.labels.title for track in copies] == ["Two", "Two (bought)"]
            assert len(await reader.library_search(["two"], limit=9)) == 1
            # Its labels are written anew: other bytes, and still the track that people liked.
            other.write_bytes(b"the same sound in another format, now with labels")
            await box.all_known()
            assert (await box.files(music))[other.name].track_id == copies[1].id
            assert len(await reader.library_group(one.group)) == 2
            # Another song in its place is another track.
            del ear.says[other.name]
            other.write_bytes(b"something else")
            await box.all_known()
            assert (await box.files(music))[other.name].track_id not in {None, copies[1].id}

    asyncio.run(scenario())


def test_a_file_that_is_still_copied_waits(tmp_path: Path, music: Path) -> None:
    async def scenario() -> None:
        ear, growing = Ear(), music / "growing.mp3"
        timing = replace(HASTE, settled=0.4)
        async with looking(tmp_path / "box.db", Places([music]), hear=ear, timing=timing) as box:
            with growing.open("wb", buffering=0) as file:
                for _ in range(30):
                    file.write(b"more")
                    await asyncio.sleep(0.03)
                    assert growing.name not in ear.heard
            await box.until(lambda: growing.name in ear.heard)
            await box.all_known()
            assert (await box.files(music))[growing.name].size == 120
            assert ear.heard.count(growing.name) == 1

    asyncio.run(scenario())


def test_what_may_pass_is_tried_again_when_somebody_asks_and_what_may_not_is_not(tmp_path: Path, music: Path) -> None:
    async def scenario() -> None:
        ear = Ear(says={"Anna - One.mp3": FaultCode.TOO_SLOW, "Ben - Two.flac": FaultCode.CRASHED})
        async with looking(tmp_path / "box.db", Places([music]), hear=ear) as box:
            await box.looked_again()
            for _ in range(3):
                await box.looked_again()
            assert sorted(ear.heard) == sorted(_MUSIC)
            ear.says.clear()
            await box.all_known()
            assert sorted(ear.heard) == sorted([*_MUSIC, "Anna - One.mp3"])
            assert (await box.files(music))["Anna - One.mp3"].fault is None
            assert (await box.files(music))["Ben - Two.flac"].fault is FaultCode.CRASHED

    asyncio.run(scenario())


def test_tracks_are_heard_again_when_the_rules_have_changed(tmp_path: Path, music: Path) -> None:
    async def scenario() -> None:
        ear = Ear()
        async with looking(tmp_path / "box.db", Places([music]), hear=ear) as box:
            await box.all_known()
            before = await box.files(music)
        async with looking(tmp_path / "box.db", Places([]), hear=ear) as box:
            reader, store = box.evening.ports.reader, box.evening.ports.store
            for file in before.values():
                track = await reader.library_track(file.track_id or "")
                assert track
                old = replace(track, analysis=replace(track.analysis, version=ANALYSIS_VERSION - 1))
                await store.write(lambda tx, one=old: tx.put_library_track(one))  # type: ignore[misc]
                aged = replace(file, version=ANALYSIS_VERSION - 1)
                await store.write(lambda tx, one=aged: tx.put_library_file(one))  # type: ignore[misc]
        async with looking(tmp_path / "box.db", Places([music]), hear=ear) as box:
            await box.all_known()
            assert len(ear.heard) == 6
            assert await box.files(music) == before

    asyncio.run(scenario())


def test_nothing_is_heard_while_the_hall_needs_the_machine(tmp_path: Path, music: Path) -> None:
    async def scenario() -> None:
        ear, is_busy = Ear(), True
        places = Places([music])
        async with looking(tmp_path / "box.db", places, hear=ear, is_busy=lambda: is_busy) as box:
            await box.until(lambda: box.scanner.scan().state is ScanState.WAITING)
            await asyncio.sleep(0.2)
            assert not ear.heard
            assert box.scanner.scan().left == 3
            is_busy = False
            await box.until(lambda: box.scanner.scan().state is ScanState.DONE)
            assert len(ear.heard) == 3

    asyncio.run(scenario())


def test_without_a_decoder_no_file_is_blamed_and_staff_are_told(tmp_path: Path, music: Path) -> None:
    async def scenario() -> None:
        ear = Ear(says=dict.fromkeys(_MUSIC, FaultCode.NO_DECODER))
        async with looking(tmp_path / "box.db", Places([music]), hear=ear) as box:
            deadline = time.monotonic() + 20
            while box.scanner.problem() is None:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.01)
            assert "ffmpeg" in (box.scanner.problem() or "")
            assert list(await box.evening.ports.reader.library_faulty(limit=9)) == []
            ear.says.clear()
            while box.scanner.problem() is not None:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.01)
            await box.all_known()
            assert (await box.evening.ports.reader.library_counts()).playable == 3

    asyncio.run(scenario())


def test_a_folder_that_is_not_there_says_so_and_its_music_is_gone(tmp_path: Path, music: Path) -> None:
    async def scenario() -> None:
        ear, missing = Ear(), tmp_path / "missing"
        async with looking(tmp_path / "box.db", Places([music, missing, music / "Ella"]), hear=ear) as box:
            await box.all_known()
            places = box.scanner.scan().places
            assert [(one.is_there, bool(one.trouble)) for one in places] == [(True, False), (False, True)]
            music.rename(tmp_path / "elsewhere")
            await box.all_known()
            assert (await box.evening.ports.reader.library_counts()).playable == 0
            music.symlink_to(tmp_path / "elsewhere")
            await box.all_known()
            assert (await box.evening.ports.reader.library_counts()).playable == 3
            assert len(ear.heard) == 3

    asyncio.run(scenario())
