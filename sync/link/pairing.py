"""Gets to know a box by a short code: finds out that nobody stands in between, and only then takes the token.

The key that is pinned is the one that the first connection showed; the box must prove, with the code, that it is its
own. Whoever stands in between learns nothing that is of use later, and the token is not made for them.
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated, TypeVar

import msgspec

from appliance.domain.pairing import Code, read_code
from appliance.errors import BoxError, Invalid, NotAllowed, Unavailable
from appliance.pairing import MESSAGE_BYTES, Proofs, Side, Subject, is_same
from sync.link import trust
from sync.link.boxes import Place
from sync.link.calls import Caller, NotAnswered
from sync.link.store.database import KnownBox, LinkStore

_WITHIN_S = 20.0
_ANSWER_MOST = 4096
_TEXT_MOST = 300

_Text = Annotated[str, msgspec.Meta(max_length=100)]
_T = TypeVar("_T")


class _Begun(msgspec.Struct, frozen=True, kw_only=True):
    run: _Text
    message: _Text
    box: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
    name: _Text


class _Finished(msgspec.Struct, frozen=True, kw_only=True):
    proof: _Text


class _Given(msgspec.Struct, frozen=True, kw_only=True):
    token: Annotated[str, msgspec.Meta(pattern=r"^pk_dj_[A-Za-z0-9_-]{10,200}$")]


class _Refusal(msgspec.Struct, frozen=True, kw_only=True):
    code: _Text = ""


def _strange() -> Unavailable:
    return Unavailable(
        "box_strange",
        "What answers there does not speak like a box.",
        advice="Check the address; the staff page shows it beside the pairing code.",
    )


def _unreachable(*places: Place) -> Unavailable:
    where = " or ".join(f"{place.host} (port {place.port})" for place in places)
    return Unavailable(
        "box_unreachable",
        f"No box answers at {where}.",
        advice="Is this laptop on the box's network, and does the staff page show that links may come?",
    )


def _refused() -> NotAllowed:
    return NotAllowed(
        "pairing_refused",
        "The box did not take the code: it is wrong, older than ten minutes, or used already; "
        "or somebody stands between this laptop and the box.",
        advice="Ask staff for a new code. If that fails too, plug in a cable.",
    )


async def pair(store: LinkStore, places: Sequence[Place], *, code: str) -> KnownBox:
    """Pairs with the box at the first of the places that answers, keeps it, and chooses it. One try for each code.

    Raises: Invalid with the code `pairing_code_broken`; NotAllowed with the code `pairing_refused`; Unavailable with
    the code `box_unreachable` or `box_strange`.
    """
    typed = read_code(code)
    place, certificate = await _first_shown(places)
    try:
        async with asyncio.timeout(_WITHIN_S):
            known = await _Pairing(place, certificate, typed).run()
    except TimeoutError:
        raise _unreachable(place) from None
    store.keep_box(known)
    store.choose(known.id)
    return known


async def _first_shown(places: Sequence[Place]) -> tuple[Place, str]:
    for place in places:
        try:
            return place, await trust.shown_certificate(place)
        except ValueError as error:
            raise _strange() from error
        except (OSError, TimeoutError):
            continue
    raise _unreachable(*places)


class _Pairing:
    """One conversation, at one place and with one key: the one that this place showed."""

    def __init__(self, place: Place, certificate: str, code: Code) -> None:
        self._place, self._certificate, self._code = place, certificate, code
        self._fingerprint = trust.fingerprint_of_certificate(certificate)

    async def run(self) -> KnownBox:
        """The whole of it. Raises: as `pair`."""
        if self._place.fingerprint and self._place.fingerprint != self._fingerprint:
            raise _refused()
        # Every request goes to this key and to no other; whose it is, is what the conversation finds out.
        async with trust.pinned_client(self._certificate) as client:
            begun, proofs = await self._begin(client)
            finished = await self._post(client, "finish", {"run": begun.run, "proof": proofs.link}, _Finished)
            if not is_same(finished.proof, proofs.box):
                raise _refused()
            given = await self._post(client, "token", {"run": begun.run, "proof": proofs.claim}, _Given)
        return KnownBox(
            id=begun.box,
            name=begun.name,
            certificate=self._certificate,
            token=given.token,
            host=self._place.host,
            port=self._place.port,
        )

    async def _begin(self, client: Caller) -> tuple[_Begun, Proofs]:
        side = await asyncio.to_thread(Side, self._code, is_box=False)
        said = {"slot": self._code.slot, "message": side.message.hex()}
        begun = await self._post(client, "begin", said, _Begun)
        try:
            message = bytes.fromhex(begun.message)
            proofs = await asyncio.to_thread(
                side.finish, message[: MESSAGE_BYTES + 1], subject=Subject(begun.box, self._fingerprint)
            )
        except (ValueError, Invalid) as error:
            raise _strange() from error
        return begun, proofs

    async def _post(self, client: Caller, step: str, said: dict[str, object], kind: type[_T]) -> _T:
        url = f"{self._place.url}/api/v1/links/pair/{step}"
        try:
            heard = await client.ask(
                "POST",
                url,
                content=msgspec.json.encode(said),
                most=_ANSWER_MOST,
                within_s=_WITHIN_S,
                headers={"content-type": "application/json"},
            )
        except NotAnswered as error:
            raise _unreachable(self._place) from error
        if len(heard.body) > _ANSWER_MOST:
            raise _strange()
        if heard.status != 200:
            raise _why(heard.body)
        try:
            return msgspec.json.decode(heard.body, type=kind)
        except msgspec.DecodeError as error:
            raise _strange() from error


def _why(body: bytes) -> BoxError:
    try:
        code = msgspec.json.decode(body, type=_Refusal).code
    except msgspec.DecodeError:
        return _strange()
    if code == "pairing_refused":
        return _refused()
    if code == "too_many_tries":
        return Unavailable("box_busy", "Wrong codes were tried a moment ago.", advice="Wait ten seconds, then again.")
    return _strange()
