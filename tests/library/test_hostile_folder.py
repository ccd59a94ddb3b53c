"""A folder of what people really bring, heard by the real worker: each file gets its reason, and the look goes on."""

import asyncio
import os
import signal
from pathlib import Path

from appliance.analysis import Analyst
from appliance.domain.analysis import Analysis, FaultCode
from appliance.domain.library import LibraryFile
from appliance.library.places import Places
from appliance.ports import Reader
from tests.analysis import files
from tests.analysis.conftest import PROMPT_WORKER, never
from tests.library.conftest import looking

_FAULTS = {
    "empty.mp3": FaultCode.EMPTY,
    "letter.mp3": FaultCode.NOT_AUDIO,
    "no-index.m4a": FaultCode.BROKEN,
    "bought.m4p": FaultCode.PROTECTED,
    "elsewhere.mp3": FaultCode.OUTSIDE,
    "pipe.mp3": FaultCode.NOT_A_FILE,
    "killer.wav": FaultCode.CRASHED,
}


def _fill(folder: Path, good: Path, outside: Path) -> None:
    files.truncated_mp3(good, folder)
    files.wrong_name(good, folder)
    files.no_index(good, folder)
    files.protected(good, folder)
    for left in ("whole.mp3", "whole.m4a", "plain.m4a"):
        (folder / left).unlink()
    files.written("empty.mp3", b"")(good, folder)
    files.written("letter.mp3", b"Dear DJ, " * 300)(good, folder)
    files.generated("second.mp3", "sine=d=1")(good, folder)
    files.generated("silence.flac", "anullsrc=d=20")(good, folder)
    files.by_ffmpeg("-i", good, "-af", "volume=30dB", folder / "clipped.wav")
    (folder / "killer.wav").write_bytes(good.read_bytes() + b" ")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.wav")).write_bytes(good.read_bytes())
    (outside / "x.mp3").write_bytes(b"x")
    (folder / "elsewhere.mp3").symlink_to(outside / "x.mp3")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.mp3")


def test_every_file_gets_its_reason_and_the_look_goes_on(tmp_path: Path, good: Path) -> None:
    folder, outside = tmp_path / "music", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    _fill(folder, good, outside)
    analyst = Analyst(should_wait=never, command=PROMPT_WORKER)

    async def hear(path: Path) -> Analysis:
        hearing = asyncio.create_task(analyst.analyse(path))
        if path.name == "killer.wav":
            while analyst.pid is None:
                await asyncio.sleep(0.005)
            # As a decoder's fault, or the system for want of memory, would end it.
            os.kill(analyst.pid, signal.SIGKILL)
        return await hearing

    async def scenario() -> None:
        async with looking(tmp_path / "box.db", Places([folder]), hear=hear) as box:
            await box.all_known()
            found = await box.files(folder)
            reader = box.evening.ports.reader
            assert {name: file.fault for name, file in found.items() if file.fault} == _FAULTS
            assert set(found) - set(_FAULTS) == {
                "caf?.wav",
                "clipped.wav",
                "really-flac.mp3",
                "second.mp3",
                "silence.flac",
                "truncated.mp3",
            }
            await _same_recording(reader, found)
            # Two are one, and one second of a tone and silence are no songs; what was cut off or clipped still is one.
            assert (await reader.library_counts()).playable == 3
        await analyst.stop()

    asyncio.run(scenario())


async def _same_recording(reader: Reader, found: dict[str, LibraryFile]) -> None:
    """The same song in three files is one recording, each with a tempo."""
    groups = {}
    for name in ("caf?.wav", "clipped.wav", "really-flac.mp3"):
        track = await reader.library_track(found[name].track_id or "")
        assert track
        assert track.analysis.tempo is not None
        groups[name] = track.group
    assert groups["caf?.wav"] == groups["really-flac.mp3"]
