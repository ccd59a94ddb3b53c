"""A program that only announces: `announcing_box.py NAME ID STATUS_FILE`. It writes its state whenever that changes."""

import asyncio
import json
import signal
import sys
import time
from pathlib import Path

from appliance.discovery.advertise import Beacon
from appliance.discovery.service import Announcement
from appliance.network import reachable_addresses


def _write(path: Path, status: dict[str, object]) -> None:
    # Renamed into place, so that a reader never sees half of it.
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(status), encoding="utf-8")
    draft.rename(path)


async def _announce(name: str, box_id: str, status_file: Path) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    beacon = Beacon(
        Announcement(name=name, box_id=box_id, port=8080, version="0.1.0", mqtt_port=1883, link_port=8470),
        addresses=lambda: [address.ip for address in reachable_addresses("")],
        check_every_s=0.2,
    )
    await beacon.start()
    written: dict[str, object] = {}
    while not ended.is_set():
        status: dict[str, object] = {"name": beacon.instance_name, "problem": beacon.problem()}
        if status != written:
            written = status
            _write(status_file, status)
        await asyncio.sleep(0.05)
    began = time.monotonic()
    await beacon.stop()
    _write(status_file, {**written, "stop_s": time.monotonic() - began})


if __name__ == "__main__":
    asyncio.run(_announce(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
