"""The worker that the cloud's process runs: with a key and a contact it sends by itself what a box meant."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from sync.cloud.push import signing_key
from sync.cloud.push.letters import Signer
from sync.cloud.push.posting import Poster, open_session
from sync.cloud.push.rounds import PAGE, PAGES
from sync.cloud.push.worker import READ_EVERY_S, Pushing
from tests.push.cloud import SITE, Hall, hall
from tests.push.service import Loopback


def worker_of(found: Hall, *, contact: str = "mailto:night@example.org") -> Pushing:
    """A worker that knows the test's push service."""

    @contextlib.asynccontextmanager
    async def opened(signer: Signer) -> AsyncIterator[Poster]:
        async with open_session(Loopback(), may_be=lambda _: True) as session:
            yield Poster(session, signer, found.service.services, found.service.tls)

    return Pushing(found.database, contact, SITE, lambda: found.now_ms, opened)


def test_what_a_box_meant_is_on_the_phone_soon_after_it_arrived(cloud_postgres: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with hall(cloud_postgres, tmp_path) as found:
            await signing_key.make(found.database)
            pushing = worker_of(found)
            pushing.start()
            await found.subscribe("anna", found.claim("g1"))
            found.intent("news")
            await found.arrive()
            pushing.wake()
            async with asyncio.timeout(10):
                while not found.service.received:
                    await asyncio.sleep(0.02)
            assert pushing.problem() is None
            await pushing.stop()
            assert found.got("anna") == ["news is live"]
            assert pushing.sent == 1

    asyncio.run(scene())


def test_without_a_contact_nothing_is_sent_and_without_a_key_nothing_is_begun(
    cloud_postgres: str, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with hall(cloud_postgres, tmp_path) as found:
            await found.subscribe("anna", found.claim("g1"))
            found.intent("news")
            await found.arrive()
            workers = [worker_of(found, contact=""), worker_of(found)]
            for pushing in workers:
                pushing.start()
                pushing.wake()
            async with asyncio.timeout(10):
                # A subscription without the key that it was made with: somebody lost it.
                while workers[1].problem() is None:
                    await asyncio.sleep(0.02)
            for pushing in workers:
                await pushing.stop()
            assert not found.service.requests
            assert "secrets" in str(workers[1].problem())

    asyncio.run(scene())


def test_a_worker_hears_of_what_is_taken_back_while_it_sends(cloud_postgres: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with hall(cloud_postgres, tmp_path) as found:
            await signing_key.make(found.database)
            phones = 3 * PAGES * PAGE
            for number in range(phones):
                await found.subscribe(f"p{number}", found.claim(f"g{number}"))
            found.service.delay_s = 4 * READ_EVERY_S
            found.intent("wrong")
            await found.arrive()
            pushing = worker_of(found)
            pushing.start()
            async with asyncio.timeout(20):
                while not found.service.requests:
                    await asyncio.sleep(0.02)
                found.retract("wrong")
                await found.arrive()
                while (await found.why())["wrong"] is None:
                    await asyncio.sleep(0.02)
            found.service.delay_s = 0
            await pushing.stop()
            # What was on its way is sent to its end; nobody else hears of it.
            assert found.service.requests.total() <= PAGES * PAGE
            assert await found.why() == {"wrong": "retracted"}

    asyncio.run(scene())
