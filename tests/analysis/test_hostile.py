"""Every bad file gets a clear reason, quickly, and the worker goes on with the next."""

import asyncio
import os
import random
import socket
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from appliance.analysis import Analyst, Unheard
from appliance.analysis.pipeline import analyse
from appliance.domain.analysis import FaultCode, Gap
from tests.analysis import files
from tests.analysis.conftest import PROMPT_WORKER, Hear, never

Maker = Callable[[Path, Path], Path]
_LONGEST_S = 5.0
_MEMORY = 180 << 20

_FAULTS: dict[str, tuple[Maker, FaultCode]] = {
    "nothing in it": (files.written("zero.mp3", b""), FaultCode.EMPTY),
    "text": (files.written("text.mp3", b"Dear diary,\n" * 400), FaultCode.NOT_AUDIO),
    "random bytes": (files.written("random.mp3", random.Random(20261120).randbytes(200_000)), FaultCode.NOT_AUDIO),
    "a picture": (files.written("cover.mp3", b"\x89PNG\r\n\x1a\n" + b"\0" * 2000), FaultCode.NOT_AUDIO),
    "a list of other files": (
        files.written("list.mp3", b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n/etc/passwd\n"),
        FaultCode.NOT_AUDIO,
    ),
    "half an m4a": (files.no_index, FaultCode.BROKEN),
    "copy-protected": (files.protected, FaultCode.PROTECTED),
    "copy-protected by another shop": (files.protected_wma, FaultCode.PROTECTED),
    "a film without sound": (files.generated("film.mp4", "testsrc=d=1", "-c:v", "mpeg4"), FaultCode.NOT_AUDIO),
    "a header and nothing else": (files.written("head.wav", b"RIFF\x24\0\0\0WAVEfmt "), FaultCode.NOT_AUDIO),
    "three hours": (
        files.generated("set.flac", "anullsrc=r=22050:cl=mono:d=10800"),
        FaultCode.TOO_LONG,
    ),
    "no such file": (lambda _good, folder: folder / "gone.mp3", FaultCode.MISSING),
    "a folder": (lambda _good, folder: folder, FaultCode.NOT_A_FILE),
    "a name that is too long": (lambda _good, folder: folder / ("x" * 300), FaultCode.MISSING),
}


def _cpu_s(analyst: Analyst) -> float:
    """What the worker and its decoders have used; the clock on the wall would count what neighbours use."""
    if analyst.pid is None:
        return 0.0
    used = psutil.Process(analyst.pid).cpu_times()
    return used.user + used.system + used.children_user + used.children_system


@pytest.mark.parametrize("what", _FAULTS)
def test_a_file_that_can_not_be_heard_gets_its_reason(
    what: str, good: Path, tmp_path: Path, analyst: Analyst, hear: Hear
) -> None:
    make, code = _FAULTS[what]
    path = make(good, tmp_path)
    before = _cpu_s(analyst)
    with pytest.raises(Unheard) as trouble:
        hear(path)
    assert trouble.value.fault.code is code
    assert trouble.value.code == code.value
    assert trouble.value.detail
    assert _cpu_s(analyst) - before < _LONGEST_S
    assert hear(good).tempo is not None


_GAPS: dict[str, tuple[Maker, set[Gap]]] = {
    "one second": (files.generated("one.mp3", "sine=d=1"), {Gap.TOO_SHORT}),
    "silence": (files.generated("silence.flac", "anullsrc=d=20"), {Gap.SILENT}),
    "noise": (files.generated("noise.flac", "anoisesrc=d=20:a=0.3"), {Gap.NO_BEAT, Gap.NO_KEY}),
    "dark noise": (files.generated("noise.mp3", "anoisesrc=d=20:c=brown:a=0.3"), {Gap.NO_BEAT, Gap.NO_KEY}),
    "one tone": (files.generated("tone.ogg", "sine=d=20"), {Gap.NO_BEAT, Gap.NO_KEY}),
    "a tone too low for keys": (files.generated("low.mp3", "sine=f=30:d=20"), {Gap.NO_BEAT, Gap.NO_KEY}),
    "a tone too high for keys": (files.generated("high.mp3", "sine=f=5000:d=20"), {Gap.NO_BEAT, Gap.NO_KEY}),
    "one held chord": (
        files.generated("chord.flac", "aevalsrc=0.3*sin(1382*t)+0.3*sin(1741*t)+0.3*sin(2071*t):d=20"),
        {Gap.NO_BEAT, Gap.NO_KEY},
    ),
    "a second of music": (lambda _good, folder: files.float_wav(folder / "a.wav", files.music(1)), {Gap.TOO_SHORT}),
    "a constant": (files.generated("constant.wav", "aevalsrc=0.5:d=20"), {Gap.SILENT}),
}


@pytest.mark.parametrize("what", _GAPS)
def test_what_is_not_in_a_file_is_not_made_up(what: str, good: Path, tmp_path: Path, hear: Hear) -> None:
    make, gaps = _GAPS[what]
    found = hear(make(good, tmp_path))
    assert set(found.gaps) == gaps
    assert found.tempo is None
    assert found.key is None
    assert found.embedding is None
    assert found.duration_ms >= 990
    assert (found.loudness is None) == (Gap.SILENT in gaps)


_USABLE: dict[str, tuple[Maker, set[Gap]]] = {
    "cut off": (files.truncated_mp3, set()),
    "with holes": (files.mp3_with_holes, {Gap.DAMAGED}),
    "a wrong ending": (files.wrong_name, set()),
    "clipped": (files.as_("clipped.wav", "-af", "volume=30dB"), set()),
    "six channels": (files.as_("surround.flac", "-ac", "6"), set()),
    "eight bits": (files.as_("eight.wav", "-c:a", "pcm_u8"), set()),
    "a telephone": (files.as_("telephone.wav", "-ar", "8000", "-c:a", "pcm_mulaw"), set()),
    "a studio": (files.as_("studio.flac", "-ar", "192000"), set()),
    "a cover": (files.with_cover, set()),
}


@pytest.mark.parametrize("what", _USABLE)
def test_what_can_be_heard_of_a_damaged_file_is_used(what: str, good: Path, tmp_path: Path, hear: Hear) -> None:
    make, gaps = _USABLE[what]
    found = hear(make(good, tmp_path))
    assert found.tempo is not None
    assert found.tempo.bpm == pytest.approx(120, abs=0.5)
    assert gaps <= set(found.gaps)


_LISTS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}\n#EXT-X-ENDLIST\n",
    "list.mp3": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{file}\n#EXT-X-ENDLIST\n",
    "joined.mp3": "ffconcat version 1.0\nfile '{url}'\n",
    "joined.wav": "ffconcat version 1.0\nfile '{file}'\n",
    "list.pls": "[playlist]\nFile1={url}\n",
    "list.asx": '<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
    "reference.mov": "[Reference]\nRef1={url}\n",
    "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n",
    "parts.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet'
    ' mimeType="audio/mp4"><Representation id="1" bandwidth="1"><BaseURL>{url}</BaseURL></Representation>'
    "</AdaptationSet></Period></MPD>",
}


@pytest.mark.parametrize("name", _LISTS)
def test_a_file_that_names_another_place_leads_nowhere(name: str, good: Path, tmp_path: Path, hear: Hear) -> None:
    with socket.create_server(("127.0.0.1", 0)) as place:
        port = place.getsockname()[1]
        path = tmp_path / name
        told = _LISTS[name].format(url=f"http://127.0.0.1:{port}/a.mp3", file=good, port=port)
        path.write_text(told, encoding="ascii")
        with pytest.raises(Unheard) as trouble:
            hear(path)
        place.settimeout(0)
        with pytest.raises(BlockingIOError):
            place.accept()
    assert trouble.value.fault.code is FaultCode.NOT_AUDIO


@pytest.mark.parametrize(
    "name", ["-i", "concat:a|b.mp3", "http:", "%d.mp3", "$(touch x);.mp3", "'\".mp3", " ", "a\nb\r.mp3", "é\udcff.mp3"]
)
def test_whatever_a_file_is_called_it_is_heard(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.float_wav(tmp_path / "plain.wav", files.music(6)).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert analyse(Path(name)).duration_ms == 6000
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_samples_that_are_no_numbers_count_as_silence(tmp_path: Path, hear: Hear) -> None:
    samples = files.music(20)
    for index in range(0, len(samples), 5000):
        samples[index] = (float("nan"), float("inf"), 1e30)[index // 5000 % 3]
    found = hear(files.float_wav(tmp_path / "nan.wav", samples))
    assert found.tempo is not None
    assert found.loudness is not None
    assert -30 < found.loudness.lufs < 0
    assert found.embedding is not None
    assert all(abs(axis) <= 2.5 for axis in found.embedding)


def test_a_header_that_claims_three_hours_is_not_believed(good: Path, tmp_path: Path, hear: Hear) -> None:
    found = hear(files.float_wav(tmp_path / "claims.wav", files.music(12), claims=0x7FFFFFF0))
    assert found.duration_ms == pytest.approx(12_000, abs=60)


def test_an_inverted_channel_does_not_make_silence(good: Path, tmp_path: Path, hear: Hear) -> None:
    path = tmp_path / "inverted.wav"
    files.by_ffmpeg("-i", good, "-af", "pan=stereo|c0=c0|c1=-1*c0", path)
    found = hear(path)
    assert found.tempo is not None
    assert found.tempo.bpm == pytest.approx(120, abs=0.1)


def test_a_file_that_may_not_be_read_says_so(good: Path, tmp_path: Path, loop: asyncio.Runner) -> None:
    path = tmp_path / "secret.wav"
    path.write_bytes(good.read_bytes())
    path.chmod(0)
    # Root may read everything, unless it gives that up.
    mortal = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
    analyst = Analyst(should_wait=never, command=(*mortal, *PROMPT_WORKER))
    with pytest.raises(Unheard) as trouble:
        loop.run(analyst.analyse(path))
    loop.run(analyst.stop())
    assert trouble.value.fault.code is FaultCode.FORBIDDEN


def test_a_file_that_vanishes_while_it_is_read_says_so(
    good: Path, tmp_path: Path, loop: asyncio.Runner, analyst: Analyst, hear: Hear
) -> None:
    long = tmp_path / "long.wav"
    files.by_ffmpeg("-stream_loop", "35", "-i", good, long)

    async def pulled_out() -> None:
        hearing = asyncio.create_task(analyst.analyse(long))
        assert analyst.pid is not None
        worker = psutil.Process(analyst.pid)
        deadline = time.monotonic() + 30
        while not any(child.name() == "ffmpeg" for child in worker.children()):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.005)
        long.unlink()
        await hearing

    with pytest.raises(Unheard) as trouble:
        loop.run(pulled_out())
    assert trouble.value.fault.code is FaultCode.MISSING
    assert trouble.value.fault.may_pass
    assert hear(good).tempo is not None


def test_memory_stays_bounded_whatever_the_file(good: Path, tmp_path: Path, analyst: Analyst, hear: Hear) -> None:
    nineteen_minutes = tmp_path / "long.flac"
    files.by_ffmpeg("-stream_loop", "37", "-i", good, nineteen_minutes)
    assert hear(nineteen_minutes).duration_ms == pytest.approx(19 * 60_000, abs=500)
    assert analyst.pid is not None
    status = Path(f"/proc/{analyst.pid}/status").read_text(encoding="ascii")
    peak = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) << 10
    assert peak < _MEMORY, f"{peak >> 20} MB"
