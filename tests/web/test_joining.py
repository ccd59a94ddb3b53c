"""What it costs that a hall full of phones comes at once: nobody is told of each who comes."""

import asyncio
from pathlib import Path

from appliance.domain.models import Dj
from tests.web.served import Served, serving
from tests.web.test_nothing_crosses import Stream, Where, listen

PHONES = 1000
MOST_BYTES = 5_000_000
WITHIN_S = 10.0


async def all_join(box: Served, streams: list[Stream]) -> None:
    """Everybody opens the stage's stream at once; over when everybody knows that all are there."""
    listening = [asyncio.ensure_future(listen(box, stream, number)) for number, stream in enumerate(streams)]
    try:
        async with asyncio.timeout(WITHIN_S):
            while any(stream.last.get("listeners", {}).get("listeners") != PHONES for stream in streams):
                await asyncio.sleep(0.1)
    finally:
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)


def test_no_phone_that_joins_is_told_to_each_of_the_others(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        box.dj().post("/api/v1/stages/main-floor/sessions")
        [event] = asyncio.run_coroutine_threadsafe(box.site.ports.reader.events(), box.loop).result(5)
        where = Where(0, event, "main-floor", Dj(id="", name=""))
        streams = [Stream(where, is_wall=False) for _ in range(PHONES)]
        asyncio.run(all_join(box, streams))
        assert sum(stream.received for stream in streams) < MOST_BYTES
        # The count was told a few times, not a thousand.
        assert max(stream.named["listeners", "main-floor"] for stream in streams) < 10
