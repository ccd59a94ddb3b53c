"""A link and a box get to know each other by a short code, and nobody in between or beside them gets anything."""

import asyncio
import json
import ssl
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.domain.pairing import Code, read_code
from appliance.errors import BoxError, Invalid, NotAllowed, Unavailable
from appliance.pairing import Side, Subject
from appliance.tls.links import LinkIdentity, fingerprint
from sync.link import pairing, trust
from sync.link.boxes import Place, read_place
from sync.link.calls import NotReached
from sync.link.store.database import KnownBox, LinkStore
from tests.link.boxes import LinkBox, between, link_box
from tests.link.test_carrier import add
from tests.tls.client import careless, connected, eventually

NOBODY = Place("127.0.0.1", 9)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[LinkBox]:
    with link_box(tmp_path / "box") as found:
        yield found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LinkStore]:
    opened = LinkStore(tmp_path / "link.db")
    yield opened
    opened.close()


def pair(store: LinkStore, place: Place, code: str) -> KnownBox:
    return asyncio.run(pairing.pair(store, [place], code=code))


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(BoxError) as caught:
        act()
    return caught.value.code


def wrong(code: str) -> str:
    meant = read_code(code)
    return str(Code(meant.slot, f"{(int(meant.secret) + 1) % 10**8:08}"))


def asks(box: LinkBox, step: str, said: dict[str, object]) -> tuple[int, Any]:
    """One request at the links' door, by anybody."""
    with connected(box.place.port, careless(), name=None) as connection:
        body = json.dumps(said).encode()
        head = f"POST /api/v1/links/pair/{step} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        connection.sendall(head.encode() + f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head_read, _, rest = answer.partition(b"\r\n\r\n")
    return int(head_read.split()[1]), json.loads(rest)


def test_a_code_makes_a_link_and_a_box_known_to_each_other(box: LinkBox, store: LinkStore, tmp_path: Path) -> None:
    add(store, 1, box="")
    known = pair(store, box.place, box.code("DJ Änna"))
    assert (known.id, known.name) == (box.served.site.box_id, "Hall")
    assert trust.fingerprint_of(known) == box.fingerprint
    assert box.tokens() == ["DJ Änna"]
    assert store.known_box(known.id) == known
    assert (store.meta("box"), store.history(known.id).waiting) == (known.id, 1)
    assert known.token not in repr(known)
    for file in tmp_path.glob("link.db*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_nothing_is_made_before_the_link_is_sure_and_a_code_works_once(box: LinkBox, store: LinkStore) -> None:
    code = box.code()
    assert box.tokens() == []
    pair(store, box.place, code)
    assert refusal(lambda: pair(store, box.place, code)) == "pairing_refused"
    assert box.tokens() == ["DJ Anna"]


def test_three_wrong_codes_end_it_slowly_and_the_right_one_comes_too_late(box: LinkBox, store: LinkStore) -> None:
    code = box.code()
    said = [refusal(lambda: pair(store, box.place, wrong(code))) for _ in range(3)]
    assert said[:2] == ["pairing_refused"] * 2
    assert said[2] == "box_busy"
    eventually(lambda: refusal(lambda: pair(store, box.place, wrong(code))) == "pairing_refused")
    # Three were wrong: by now the right one is refused too, as soon as it is heard at all.
    eventually(lambda: refusal(lambda: pair(store, box.place, code)) == "pairing_refused")
    assert (box.tokens(), store.known_boxes()) == ([], [])


def test_a_second_box_with_the_same_name_gets_nothing(box: LinkBox, store: LinkStore, tmp_path: Path) -> None:
    with link_box(tmp_path / "twin") as twin:
        code = box.code()
        # The twin has a code of its own under the same digit.
        assert twin.code()[0] == code[0]
        assert refusal(lambda: pair(store, twin.place, code)) == "pairing_refused"
        assert (twin.tokens(), store.known_boxes()) == ([], [])
        known = pair(store, box.place, code)
        # Paired with the one, a link sends the other nothing, whatever address it claims.
        moved = replace(known, port=twin.place.port)
        with pytest.raises(NotReached):
            asyncio.run(_asked(moved))


async def _asked(known: KnownBox) -> int:
    async with trust.open_client(known) as client:
        door = trust.door_of(known)
        answer = await client.ask(
            "GET", f"{door.url}/health", most=99, within_s=5, headers={"authorization": f"Bearer {door.token}"}
        )
        return answer.status


def test_whoever_only_passes_bytes_on_reads_nothing(box: LinkBox, store: LinkStore) -> None:
    async def scene() -> tuple[KnownBox, bytes]:
        async with between(box) as relay:
            known = await pairing.pair(store, [relay.place], code=box.code())
            return known, bytes(relay.heard)

    known, heard = asyncio.run(scene())
    assert trust.fingerprint_of(known) == box.fingerprint
    assert known.token.encode() not in heard
    assert b"/api/v1" not in heard


def test_whoever_ends_the_encryption_in_between_is_noticed_and_no_token_is_made(
    box: LinkBox, store: LinkStore, tmp_path: Path
) -> None:
    code = box.code()

    async def scene() -> bytes:
        async with between(box, tls=tmp_path / "relay") as relay:
            with pytest.raises(NotAllowed, match="somebody stands between"):
                await pairing.pair(store, [relay.place], code=code)
            return bytes(relay.heard)

    heard = asyncio.run(scene())
    # It was in the middle of it, and could read along.
    assert b"/api/v1/links/pair/finish" in heard
    assert b"/api/v1/links/pair/token" not in heard
    assert (box.tokens(), store.known_boxes()) == ([], [])
    # Nothing it heard is of use: each conversation is the box's once.
    said = json.loads(bytes(heard).split(b"/pair/finish")[1].partition(b"\r\n\r\n")[2])
    for step in ("finish", "token"):
        assert asks(box, step, said)[1]["code"] == "pairing_refused"
    assert box.tokens() == []


def test_the_text_of_the_staff_page_refuses_another_key_before_anything_is_said(
    box: LinkBox, store: LinkStore, tmp_path: Path
) -> None:
    code = box.code()
    invited = read_place(f"pika://127.0.0.1:{box.place.port}/?code={code}&key={box.fingerprint}")

    async def scene() -> bytes:
        async with between(box, tls=tmp_path / "relay") as relay:
            with pytest.raises(NotAllowed):
                await pairing.pair(store, [replace(invited, port=relay.place.port)], code=invited.code)
            return bytes(relay.heard)

    assert asyncio.run(scene()) == b""
    assert pair(store, invited, invited.code).id == box.served.site.box_id


def test_a_finished_conversation_gives_one_token_and_only_for_the_claim(box: LinkBox) -> None:
    code = read_code(box.code())
    shown = ssl.PEM_cert_to_DER_cert(asyncio.run(trust.shown_certificate(box.place)))
    side = Side(code, is_box=False)
    status, begun = asks(box, "begin", {"slot": code.slot, "message": side.message.hex()})
    assert status == 200
    proofs = side.finish(bytes.fromhex(begun["message"]), subject=Subject(begun["box"], fingerprint(shown)))
    assert asks(box, "token", {"run": "0" * 32, "proof": proofs.claim})[1]["code"] == "pairing_refused"
    assert asks(box, "finish", {"run": begun["run"], "proof": proofs.link}) == (200, {"proof": proofs.box})
    status, given = asks(box, "token", {"run": begun["run"], "proof": proofs.claim})
    assert (status, given["dj"]) == (200, "DJ Anna")
    assert asks(box, "token", {"run": begun["run"], "proof": proofs.claim})[1]["code"] == "pairing_refused"
    assert box.tokens() == ["DJ Anna"]


def test_a_claim_without_the_proof_before_it_is_a_wrong_try(box: LinkBox) -> None:
    code = read_code(box.code())
    side = Side(code, is_box=False)
    begun = asks(box, "begin", {"slot": code.slot, "message": side.message.hex()})[1]
    proofs = side.finish(bytes.fromhex(begun["message"]), subject=Subject(begun["box"], box.fingerprint))
    assert asks(box, "token", {"run": begun["run"], "proof": proofs.claim})[1]["code"] == "pairing_refused"
    assert box.tokens() == []


@pytest.mark.parametrize(
    "said",
    [
        {"slot": 1, "message": "41" + "00" * 32},
        {"slot": 1, "message": "41" + "ff" * 32},
        {"slot": 1, "message": "42" + "01" + "00" * 31},
        {"slot": 1, "message": "xx"},
        {"slot": 0, "message": "41" + "00" * 32},
        {"slot": 7, "message": "41" + "00" * 32},
        {},
    ],
)
def test_nonsense_is_refused_and_costs_no_try(box: LinkBox, store: LinkStore, said: dict[str, object]) -> None:
    code = box.code()
    assert asks(box, "begin", said)[0] in {400, 403, 422}
    assert pair(store, box.place, code).id == box.served.site.box_id


def test_phones_pages_have_no_pairing(box: LinkBox) -> None:
    code = read_code(box.code())
    said = {"slot": code.slot, "message": Side(code, is_box=False).message.hex()}
    answer = box.served.visitor().post("/api/v1/links/pair/begin", json_body=said)
    assert (answer.status, answer.json["code"]) == (403, "pairing_elsewhere")


def test_what_is_no_box_is_said_in_words(store: LinkStore) -> None:
    assert refusal(lambda: pair(store, NOBODY, "3-4711-0815")) == "box_unreachable"
    with pytest.raises(Invalid, match="nine digits"):
        pair(store, NOBODY, "4711")


def test_a_page_that_answers_everything_is_no_box(store: LinkStore, tmp_path: Path) -> None:
    async def scene() -> None:
        identity = strange_context(tmp_path)

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nWelcome")
                await writer.drain()
            except (OSError, asyncio.IncompleteReadError):
                pass
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=identity)
        async with server:
            await pairing.pair(store, [Place("127.0.0.1", server.sockets[0].getsockname()[1])], code="3-4711-0815")

    with pytest.raises(Unavailable, match="does not speak like a box"):
        asyncio.run(scene())


def strange_context(folder: Path) -> ssl.SSLContext:
    identity = LinkIdentity(folder / "strange")
    identity.look()
    context = identity.context()
    assert context is not None
    return context
