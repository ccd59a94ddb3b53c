"""A program that follows a box: `following_laptop.py BOX_ID KEY_FILE FOLDER`. It writes each address it goes to."""

import asyncio
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from sync.link import trust
from sync.link.boxes import Boxes
from sync.link.carrier import Carrier
from sync.link.following import follow
from sync.link.opening import laptop_clock
from sync.link.store.database import KnownBox, LinkStore


async def _follow(box_id: str, key: Path, folder: Path) -> None:
    certificate = x509.load_pem_x509_certificate(key.read_bytes()).public_bytes(serialization.Encoding.PEM).decode()
    # Paired at an address that nobody has any more.
    box = KnownBox(id=box_id, name="Hall", certificate=certificate, token="token", host="fd77::dead", port=8470)
    store = LinkStore(folder / "link.db")
    store.keep_box(box)
    async with Boxes() as boxes, trust.open_client(box) as client, asyncio.TaskGroup() as tasks:
        carrier = Carrier(store, laptop_clock(), "test", client, trust.door_of(box))
        tasks.create_task(follow(carrier, box=box, boxes=boxes))
        told = carrier.door.url
        while True:
            if carrier.door.url != told:
                told = carrier.door.url
                print(told, flush=True)
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(_follow(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
