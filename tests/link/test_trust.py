"""A client that speaks to one key: whoever shows another gets a handshake and not one byte more."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.discovery.service import FoundBox
from appliance.tls.links import LinkIdentity
from sync.link import following, pairing, trust
from sync.link.boxes import Boxes, Place
from sync.link.calls import Caller, NotAnswered, NotReached
from sync.link.carrier import Carrier, Mood
from sync.link.store.database import KnownBox, LinkStore
from tests.link.boxes import LinkBox, between, link_box
from tests.link.test_carrier import add
from tests.support.authority import Authority, key_pem, new_key, pem
from tests.support.ports import free_port


def own_key(folder: Path) -> LinkIdentity:
    identity = LinkIdentity(folder)
    identity.look()
    return identity


def certificate_of(folder: Path) -> str:
    text = (folder / "links.pem").read_text(encoding="ascii")
    return text[text.index("-----BEGIN CERTIFICATE") :]


def known(folder: Path, port: int = 1) -> KnownBox:
    own_key(folder)
    return KnownBox("box", "Hall", certificate_of(folder), "pk_dj_secret", "127.0.0.1", port)


async def heard_by(context: ssl.SSLContext, box: KnownBox) -> tuple[bytes, BaseException | None]:
    """What somebody with this context gets to read of a link that believes to speak to `box`."""
    heard = bytearray()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            heard.extend(await reader.read(65536))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        door = trust.door_of(replace(box, port=port))
        async with trust.open_client(box) as client:
            try:
                await client.ask(
                    "POST", f"{door.url}/x", most=9, within_s=5, headers={"authorization": f"Bearer {door.token}"}
                )
            except NotAnswered as error:
                return bytes(heard), error
    return bytes(heard), None


def context_of(folder: Path) -> ssl.SSLContext:
    context = own_key(folder).context()
    assert context is not None
    return context


def test_the_box_s_own_key_is_spoken_to(tmp_path: Path) -> None:
    box = known(tmp_path / "own")
    heard, error = asyncio.run(heard_by(context_of(tmp_path / "own"), box))
    assert error is None
    assert b"pk_dj_secret" in heard


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_another_key_gets_not_one_byte_of_a_request(tmp_path: Path, version: ssl.TLSVersion) -> None:
    box = known(tmp_path / "own")
    context = context_of(tmp_path / "other")
    context.maximum_version = version
    heard, error = asyncio.run(heard_by(context, box))
    assert isinstance(error, NotReached)
    assert heard == b""


def test_a_certificate_that_others_vouch_for_is_another_key(tmp_path: Path) -> None:
    authority, key = Authority(), new_key()
    (tmp_path / "public.pem").write_bytes(
        key_pem(key) + pem(authority.give(key, names=("127.0.0.1",)), authority.between)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "public.pem")
    heard, error = asyncio.run(heard_by(context, known(tmp_path / "own")))
    assert isinstance(error, NotReached)
    assert heard == b""


def test_the_key_counts_even_where_the_roots_would_let_another_pass(tmp_path: Path) -> None:
    """The comparison stands by itself: a library that took the certificate for good would change nothing."""
    pinned = trust.pinned_context(known(tmp_path / "own").certificate)
    pinned.verify_mode = ssl.CERT_NONE

    async def scene() -> bytes:
        heard = bytearray()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                heard.extend(await reader.read(65536))
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context_of(tmp_path / "other"))
        async with server, Caller(pinned) as client:
            url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            with pytest.raises(NotReached, match="another key"):
                await client.ask("GET", url, most=9, within_s=5, headers={"authorization": "Bearer pk_dj_secret"})
        return bytes(heard)

    assert asyncio.run(scene()) == b""


@pytest.fixture
def box(tmp_path: Path) -> Iterator[LinkBox]:
    with link_box(tmp_path / "box") as found:
        yield found


def test_plays_go_to_the_box_over_its_own_key_and_follow_it_to_another_address(box: LinkBox, tmp_path: Path) -> None:
    store = LinkStore(tmp_path / "link.db")

    async def scene() -> tuple[bytes, bytes]:
        paired = await pairing.pair(store, [box.place], code=box.code())
        async with between(box) as moved, between(box, tls=tmp_path / "twin") as twin:
            # The box has gone from its address, a twin announces its id, and so does the box at its new one.
            gone = replace(paired, port=free_port())
            announced = [
                FoundBox("Hall", "a.local", ("127.0.0.1",), 80, paired.id, "", None, twin.place.port),
                FoundBox("Hall-2", "b.local", ("127.0.0.1",), 80, paired.id, "", None, moved.place.port),
            ]
            add(store, 1, 2, box=paired.id)
            async with trust.open_client(gone) as client:
                carrier = Carrier(
                    store, SystemClock(), "t/1", client, trust.door_of(gone), draw=lambda low, _: low / 20
                )
                tasks = [
                    asyncio.create_task(carrier.run()),
                    asyncio.create_task(following.follow(carrier, box=gone, boxes=_Announced(announced))),
                ]
                async with asyncio.timeout(20):
                    while carrier.progress.mood is not Mood.DONE:
                        await asyncio.sleep(0.01)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            found = store.known_box(paired.id)
            assert found is not None
            assert found.port == moved.place.port
            return bytes(twin.heard), bytes(moved.heard)

    by_twin, passed_on = asyncio.run(scene())
    assert by_twin == b""
    assert passed_on
    history = box.served.visitor().get("/api/v1/stages/main-floor/history").json["plays"]
    assert [play["title"] for play in history] == ["T2", "T1"]
    store.close()


def test_whoever_passes_plays_on_reads_none_and_can_do_nothing_with_what_was_heard(
    box: LinkBox, tmp_path: Path
) -> None:
    store = LinkStore(tmp_path / "link.db")

    async def scene() -> tuple[KnownBox, bytes]:
        paired = await pairing.pair(store, [box.place], code=box.code())
        add(store, 1, 2, box=paired.id)
        async with between(box) as relay:
            there = replace(paired, port=relay.place.port)
            async with trust.open_client(there) as client:
                carrier = Carrier(store, SystemClock(), "t/1", client, trust.door_of(there))
                task = asyncio.create_task(carrier.run())
                async with asyncio.timeout(20):
                    while carrier.progress.mood is not Mood.DONE:
                        await asyncio.sleep(0.01)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            return paired, bytes(relay.heard)

    async def say_again(heard: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(box.place.host, box.place.port)
        writer.write(heard)
        with contextlib.suppress(OSError):
            await writer.drain()
        answer = b""
        with contextlib.suppress(OSError, TimeoutError):
            answer = await asyncio.wait_for(reader.read(), 2)
        writer.close()
        return answer

    def titles() -> list[str]:
        history = box.served.visitor().get("/api/v1/stages/main-floor/history").json["plays"]
        return [play["title"] for play in history]

    paired, heard = asyncio.run(scene())
    assert titles() == ["T2", "T1"]
    for secret in (paired.token.encode(), b"Bearer", b"/api/v1", b"T1"):
        assert secret not in heard
    assert b"HTTP/1.1" not in asyncio.run(say_again(heard))
    assert titles() == ["T2", "T1"]
    store.close()


class _Announced(Boxes):
    """What others announce, without a network."""

    def __init__(self, announced: list[FoundBox]) -> None:
        super().__init__()
        self._announced = announced
        self._changed.set()

    def found(self) -> list[FoundBox]:
        return self._announced


def test_where_the_box_was_last_is_tried_first_and_strangers_are_few(tmp_path: Path) -> None:
    box = known(tmp_path, port=8470)
    found = [
        FoundBox(f"Hall-{number}", "h", (f"10.0.0.{number}",), 80, "box", "", None, 8470) for number in range(1, 99)
    ]
    other = FoundBox("Bar", "h", ("10.0.1.1",), 80, "other", "", None, 8470)
    places = following.places_for(box, [other, *found])
    assert places[:2] == [Place("127.0.0.1", 8470), Place("10.0.0.1", 8470)]
    assert len(places) == 16
    assert Place("10.0.1.1", 8470) not in places


def test_a_box_is_found_soon_beside_an_address_that_says_nothing(tmp_path: Path) -> None:
    async def scene() -> tuple[Place | None, Place, float]:
        box = known(tmp_path)
        ended = asyncio.Event()

        async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await ended.wait()
            writer.close()

        async def there(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        gone = await asyncio.start_server(silent, "127.0.0.1", 0)
        here = await asyncio.start_server(there, "127.0.0.1", 0, ssl=own_key(tmp_path).context())
        async with gone, here:
            places = [Place("127.0.0.1", server.sockets[0].getsockname()[1]) for server in (gone, here)]
            begun = time.monotonic()
            found = (await trust.look_for(box, places)).place
            took = time.monotonic() - begun
            ended.set()
        return found, places[1], took

    found, right, took_s = asyncio.run(scene())

    assert found == right
    assert took_s < 3
