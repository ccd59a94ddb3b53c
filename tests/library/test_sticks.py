"""Sticks that come and go."""

import asyncio
import time
from pathlib import Path

from appliance.domain.analysis import Analysis, FaultCode
from appliance.library.places import Places
from tests.library.conftest import Ear, looking


def _mount_table(path: Path, *folders: Path) -> Path:
    rows = ["22 1 8:1 / / rw - ext4 /dev/sda1 rw", "23 22 0:5 / /media/net rw - nfs box:/x rw"]
    names = [str(one).replace(" ", r"\040") for one in folders]
    rows += [f"3{number} 22 8:{number} / {name} ro - vfat /dev/sdb1 ro" for number, name in enumerate(names)]
    path.write_text("\n".join([*rows, ""]), encoding="ascii")
    return path


def test_a_stick_that_is_pulled_out_is_gone_at_once_and_back_at_once(tmp_path: Path, music: Path) -> None:
    media = tmp_path / "media"
    stick, away = media / "my stick", tmp_path / "away"
    media.mkdir()
    music.rename(stick)
    table = _mount_table(tmp_path / "mounts", stick)
    ear, places = Ear(says={"Anna - One.mp3": FaultCode.BROKEN}), Places([], sticks=[media], table=table)

    async def scenario() -> None:
        async with looking(tmp_path / "box.db", places, hear=ear) as box:
            await box.all_known()
            reader = box.evening.ports.reader
            assert [place.is_stick for place in box.scanner.scan().places] == [True]
            assert (await reader.library_counts()).playable == 2
            assert [one.fault for one in await reader.library_faulty(limit=9)] == [FaultCode.BROKEN]
            stick.rename(away)
            _mount_table(table)
            await box.until(lambda: not box.scanner.scan().places)
            counts = await reader.library_counts()
            assert (counts.playable, counts.gone, counts.faulty) == (0, 3, 0)
            assert box.scanner.problem() is None
            away.rename(stick)
            _mount_table(table, stick)
            await box.until(lambda: bool(box.scanner.scan().places))
            counts = await reader.library_counts()
            assert (counts.playable, counts.gone, counts.faulty) == (2, 0, 1)
            assert len(ear.heard) == 3
        # Pulled out while the box was off.
        _mount_table(table)
        async with looking(tmp_path / "box.db", places, hear=ear) as box:
            deadline = time.monotonic() + 20
            while (await box.evening.ports.reader.library_counts()).playable:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.01)

    asyncio.run(scenario())


def test_pulling_a_stick_out_while_it_is_heard_blames_no_file(tmp_path: Path, music: Path) -> None:
    async def scenario() -> None:
        ear, away = Ear(), tmp_path / "away"
        table = _mount_table(tmp_path / "mounts", music)

        async def pulled_out(path: Path) -> Analysis:
            if music.exists():
                music.rename(away)
                _mount_table(table)
            ear.says[path.name] = FaultCode.UNREADABLE
            return await ear(path)

        places = Places([], sticks=[tmp_path], table=table)
        async with looking(tmp_path / "box.db", places, hear=pulled_out) as box:
            await box.until(lambda: bool(ear.heard) and not box.scanner.scan().places)
            assert list(await box.evening.ports.reader.library_faulty(limit=9)) == []
            assert len(ear.heard) == 1

    asyncio.run(scenario())
