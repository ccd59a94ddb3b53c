"""One connection to the cloud, apart from what is said on it."""

import asyncio

import pytest

from sync.agent.pace import Pace
from sync.agent.wire import Place, Wire


def test_whoever_is_cancelled_while_a_line_is_put_away_hears_of_it() -> None:
    async def story() -> None:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        wire = await Wire.open(Place("127.0.0.1", port, "", is_encrypted=False), context=None, pace=Pace())
        closing = asyncio.ensure_future(wire.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert not wire.is_open
        server.close()

    asyncio.run(story())
