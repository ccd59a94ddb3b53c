"""What the room on the disk means."""

from pathlib import Path

import pytest

from appliance.domain.space import LOW_BYTES, LOW_FILES, SCARCE_BYTES, SCARCE_FILES, Room, Space
from appliance.files import space_at


@pytest.mark.parametrize(
    ("free_bytes", "free_files", "room"),
    [
        (LOW_BYTES, LOW_FILES, Room.PLENTY),
        (LOW_BYTES, None, Room.PLENTY),
        (LOW_BYTES - 1, None, Room.LOW),
        (LOW_BYTES, LOW_FILES - 1, Room.LOW),
        (SCARCE_BYTES - 1, LOW_FILES, Room.SCARCE),
        (LOW_BYTES, SCARCE_FILES - 1, Room.SCARCE),
    ],
)
def test_bytes_and_names_both_run_out(free_bytes: int, free_files: int | None, room: Room) -> None:
    assert Space(free_bytes=free_bytes, total_bytes=10**12, free_files=free_files).room is room


def test_the_disk_says_how_much_there_is(tmp_path: Path) -> None:
    space = space_at(tmp_path)
    assert 0 < space.free_bytes <= space.total_bytes
