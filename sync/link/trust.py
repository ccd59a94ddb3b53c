"""A client that speaks to one key and to nobody else: no authority, no name and no clock has a say.

The key is compared when the handshake ends, which is before the first byte of a request goes out.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sync.link.boxes import Place
from sync.link.calls import Caller
from sync.link.carrier import Door
from sync.link.store.database import KnownBox

#: from the first packet to the keys
_HANDSHAKE_S = 8.0
#: for other addresses of a box that was found already
_FURTHER_S = 0.5
# <openssl/x509_vfy.h>: a laptop whose clock is wrong still knows the box. Python has no name for it.
_NO_CHECK_TIME = 0x200000


def fingerprint_of_certificate(certificate: str) -> str:
    """The key of a certificate (PEM), 64 hexadecimal digits.

    Raises: ValueError.
    """
    return _key_of(ssl.PEM_cert_to_DER_cert(certificate))


def _key_of(certificate: bytes) -> str:
    """The key of a certificate (DER). Raises: ValueError."""
    # Reading certificates takes as much memory as all the rest of the link; mostly it is enough to compare them.
    from appliance.tls.links import fingerprint  # noqa: PLC0415

    return fingerprint(certificate)


def fingerprint_of(box: KnownBox) -> str:
    """The key of a box, 64 hexadecimal digits."""
    return fingerprint_of_certificate(box.certificate)


def _bare_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Boxes are known by key: an address is whatever the venue's network gave.
    context.check_hostname = False
    return context


def _shows(connection: Any, wanted: bytes) -> None:
    """The very certificate, or another of the same key. Raises: ssl.SSLCertVerificationError."""
    shown = connection.getpeercert(binary_form=True)
    if shown != wanted and (not shown or _key_of(shown) != _key_of(wanted)):
        raise ssl.SSLCertVerificationError("another key than the box's")


def pinned_context(certificate: str) -> ssl.SSLContext:
    """For connections to the key of this certificate (PEM). A handshake with any other fails."""
    wanted = ssl.PEM_cert_to_DER_cert(certificate)

    class PinnedObject(ssl.SSLObject):
        """Every connection of an asyncio program."""

        def do_handshake(self) -> None:
            super().do_handshake()
            _shows(self, wanted)

    class PinnedSocket(ssl.SSLSocket):
        """Every other connection."""

        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            _shows(self, wanted)

    context = _bare_context()
    context.load_verify_locations(cadata=certificate)
    context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
    context.sslobject_class = PinnedObject
    context.sslsocket_class = PinnedSocket
    return context


def pinned_client(certificate: str) -> Caller:
    """A client for the key of this certificate. No proxy: it would be somebody in between."""
    return Caller(pinned_context(certificate))


def open_client(box: KnownBox) -> Caller:
    """A client that speaks to this very box."""
    return pinned_client(box.certificate)


def door_of(box: KnownBox) -> Door:
    """Where the box takes batches, and how it knows us."""
    return Door(box.id, Place(box.host, box.port).url, box.token)


async def _handshake(place: Place, context: ssl.SSLContext) -> bytes:
    """The certificate (DER) that is shown at a place. Nothing is sent there but the handshake.

    Raises: OSError, also for a handshake that `context` does not like; TimeoutError.
    """
    async with asyncio.timeout(_HANDSHAKE_S):
        _, writer = await asyncio.open_connection(place.host, place.port, ssl=context, server_hostname=place.host)
        try:
            shown: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            return shown
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def shown_certificate(place: Place) -> str:
    """The certificate (PEM) that is shown at a place, by whomever.

    Raises: OSError, TimeoutError, ValueError.
    """
    context = _bare_context()
    context.verify_mode = ssl.CERT_NONE
    shown = await _handshake(place, context)
    _key_of(shown)
    return ssl.DER_cert_to_PEM_cert(shown)


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look for one box at some places found."""

    #: the first at which the box shows its key
    place: Place | None
    #: whether somebody shows another key at one of them
    stranger: bool


async def look_for(box: KnownBox, places: Sequence[Place], *, within_s: float = _HANDSHAKE_S) -> Looked:
    """Whether the box is at one of these places, known by its key. All are tried at once.

    Once it is somewhere, places before that one have another moment, so that a box with several addresses is not found
    at another one each time; an address that nobody has would be waited for much longer.
    """
    context = pinned_context(box.certificate)

    async def is_there(place: Place) -> bool | None:
        try:
            async with asyncio.timeout(within_s):
                await _handshake(place, context)
        except ssl.SSLCertVerificationError:
            return None
        except (OSError, TimeoutError):
            return False
        return True

    asked = {asyncio.create_task(is_there(place)): place for place in places}
    waiting = set(asked)
    try:
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if any(task.result() for task in done):
                if waiting:
                    await asyncio.wait(waiting, timeout=_FURTHER_S)
                break
    finally:
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
    said = {place: task.result() for task, place in asked.items() if not task.cancelled()}
    return Looked(
        next((place for place, found in said.items() if found), None),
        stranger=any(found is None for found in said.values()),
    )
