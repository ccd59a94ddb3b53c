"""A program that only shows a box's key: `keyed_box.py FOLDER`. It writes `there` when links can come."""

import asyncio
import sys
from pathlib import Path

from appliance.tls.links import LinkIdentity


async def _hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _show(folder: Path) -> None:
    identity = LinkIdentity(folder)
    identity.look()
    server = await asyncio.start_server(_hang_up, "::", 8470, ssl=identity.context())
    print("there", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_show(Path(sys.argv[1])))
