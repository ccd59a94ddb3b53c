"""The reserve: made once, left alone, given up and made again; and the words for staff."""

import asyncio
import os
from pathlib import Path

import pytest

from appliance import disk as module
from appliance.disk import RESERVE, RESERVE_BYTES, RESERVE_FILES, Disk, Reserve
from appliance.domain.space import LOW_BYTES, SCARCE_BYTES, Room, Space
from tests.network.hall import eventually


def test_a_reserve_is_made_once_and_then_left_alone(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path)
    assert reserve.make() is True
    files = sorted((tmp_path / RESERVE).iterdir())
    assert len(files) == RESERVE_FILES + 1
    assert (tmp_path / RESERVE / "bytes").stat().st_blocks * 512 >= RESERVE_BYTES
    before = [path.stat().st_mtime_ns for path in files]
    for path in files:
        os.utime(path, (0, 0))
    assert reserve.make() is False
    assert [path.stat().st_mtime_ns for path in files] == [0] * len(before)


def test_a_reserve_is_given_up_once(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path)
    reserve.make()
    assert reserve.give_up() is True
    assert list((tmp_path / RESERVE).iterdir()) == []
    assert reserve.give_up() is False
    assert reserve.make() is True


def _disk(tmp_path: Path, told: dict[str, str]) -> Disk:
    def forget(code: str) -> None:
        told.pop(code, None)

    return Disk(tmp_path, tell=told.__setitem__, forget=forget)


@pytest.mark.parametrize(
    ("free", "room", "said"),
    [
        ((LOW_BYTES, 10_000), Room.PLENTY, None),
        ((LOW_BYTES - 1, 10_000), Room.LOW, "the disk is nearly full: 199 MB and 10000 files are left"),
        ((SCARCE_BYTES - 1, None), Room.SCARCE, "the disk is full: 31 MB are left. The music goes on"),
        ((10**9, 3), Room.SCARCE, "the disk is full: 1000 MB and 3 files are left"),
    ],
)
def test_the_part_says_what_there_is_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: tuple[int, int | None], room: Room, said: str | None
) -> None:
    monkeypatch.setattr(module, "space_at", lambda _: Space(free_bytes=free[0], total_bytes=10**10, free_files=free[1]))
    disk = _disk(tmp_path, {})
    assert disk.room() is room
    problem = disk.problem()
    assert problem is None if said is None else problem is not None and problem.startswith(said)


def test_a_disk_that_does_not_say_is_a_problem_and_refuses_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> Space:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(module, "space_at", broken)
    disk = _disk(tmp_path, {})
    assert disk.room() is Room.PLENTY
    assert "Input/output error" in str(disk.problem())
    with pytest.raises(OSError, match="Input/output"):
        disk.free()


def test_the_reserve_comes_back_with_the_room_and_takes_its_notice_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.02)
    space = [Space(free_bytes=0, total_bytes=10**10, free_files=None)]
    monkeypatch.setattr(module, "space_at", lambda _: space[0])
    Reserve(tmp_path).make()
    told: dict[str, str] = {}
    healed: list[int] = []

    async def heal() -> None:
        healed.append(1)

    async def go() -> None:
        disk = _disk(tmp_path, told)
        assert disk.make_room(is_certain=False) is True
        assert disk.make_room(is_certain=True) is False
        disk.start(healed=[heal])
        await asyncio.to_thread(eventually, lambda: module.RESERVE_USED in told, within_s=5, what="staff are told")
        assert not healed
        space[0] = Space(free_bytes=10**9, total_bytes=10**10, free_files=None)
        await asyncio.to_thread(eventually, (tmp_path / RESERVE / "bytes").exists, within_s=5, what="it is back")
        await asyncio.to_thread(eventually, lambda: bool(healed) and not told, within_s=5, what="all is well")
        await disk.stop()

    asyncio.run(go())


def test_a_failing_card_with_room_on_it_does_not_cost_the_reserve(tmp_path: Path) -> None:
    Reserve(tmp_path).make()
    assert _disk(tmp_path, {}).make_room(is_certain=False) is False
    assert (tmp_path / RESERVE / "bytes").exists()
