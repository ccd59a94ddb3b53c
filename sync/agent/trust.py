"""Connections to the cloud that are trusted, also by a box whose own clock is wrong.

Certificates count from a date to a date, and a box without a clock does not know the date; but the time comes from the
cloud. So only the dates are left out of the check when they alone stand in the way: names and signatures up to a root
count as ever. Then the cloud's word on the time is asked for, which counts only under the key that it showed when the
box introduced itself, and the dates are looked at by that time. A stranger's date is never believed, and somebody who
got hold of an old certificate has not got that key. A box that was never introduced waits for any clock.
"""

import logging
import secrets
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from appliance.clock import Clock
from appliance.domain import timekeeping
from appliance.domain.certificate import clock_is_trusted
from appliance.domain.models import Stamp
from appliance.tls import roots
from sync.agent.keys import KeyFolder, decoded, is_signed
from sync.agent.pace import Pace
from sync.agent.wire import DatesWrong, Lost, Place, Wire

log = logging.getLogger(__name__)

#: OpenSSL's X509_V_FLAG_NO_CHECK_TIME: everything is checked but the dates. Python has no name for it
_NO_CHECK_TIME = 0x200000
_TIME_PATH = "/v1/time"
#: an answer that took longer says the time too roughly to look at dates by, milliseconds
_ROUGH_MS = 60_000


class _TimeOut(msgspec.Struct, frozen=True):
    server_ms: int
    nonce: str
    sig: str


def time_message(nonce: str, server_ms: int) -> bytes:
    """What the cloud signs when it is asked for the time."""
    return f"pika-time-1\n{nonce}\n{server_ms}".encode()


@dataclass(frozen=True, slots=True)
class Heard:
    """The cloud's word on the time."""

    boot: str
    boot_ms: int
    wall_ms: int
    #: how far it may be off, milliseconds
    error_ms: int


class Trust:
    """How this box looks at who answers."""

    def __init__(
        self,
        *,
        roots_file: str,
        keys: KeyFolder,
        clock: Clock,
        pace: Pace,
        system_ms: Callable[[], int] = lambda: int(time.time() * 1000),
    ) -> None:
        """`system_ms` is the clock that OpenSSL goes by."""
        self._roots_file, self._keys, self._clock, self._pace = roots_file, keys, clock, pace
        self._system_ms = system_ms
        self._heard: Heard | None = None
        self._contexts: dict[tuple[bool, tuple[int, int, int]], ssl.SSLContext] = {}

    def _context(self, *, dates: bool) -> ssl.SSLContext:
        place = roots.place(self._roots_file)
        known = (dates, roots.mark(place))
        if known in self._contexts:
            return self._contexts[known]
        try:
            context = ssl.create_default_context(cafile=str(place))
        except OSError as error:
            raise Lost("roots_unreadable", f"{place}: {error}") from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        if not dates:
            context.verify_flags |= _NO_CHECK_TIME
        # Read once: a system has a hundred and forty roots.
        self._contexts[known] = context
        return context

    async def open(self, place: Place) -> Wire:
        """A connection to whoever may be believed to be the cloud. Raises: Lost."""
        if not place.is_encrypted:
            # Settings allow that on this machine only.
            return await Wire.open(place, context=None, pace=self._pace)
        believed = self._believed_ms()
        if believed is None or abs(believed - self._system_ms()) <= timekeeping.SAME_MS:
            try:
                return await Wire.open(place, context=self._context(dates=True), pace=self._pace)
            except DatesWrong:
                if believed is not None or self._keys.cloud() is None:
                    raise
            believed = (await self._ask_time(place)).wall_ms
        wire = await Wire.open(place, context=self._context(dates=False), pace=self._pace)
        if not _counts_at(wire.certificate(), believed):
            await wire.close()
            raise DatesWrong("untrusted", "the certificate does not count at this time")
        return wire

    def heard(self) -> Heard | None:
        """What the cloud said of the time under its key, in this boot; None when that was never needed."""
        return self._heard

    def _believed_ms(self) -> int | None:
        """What time it is, if anybody has said so who is to be believed."""
        now = self._clock.now()
        if clock_is_trusted(now.trust):
            return now.wall_ms
        if self._heard is not None and self._heard.boot == now.boot:
            return self._heard.wall_ms + now.boot_ms - self._heard.boot_ms
        return None

    async def _ask_time(self, place: Place) -> Heard:
        key = self._keys.cloud()
        assert key is not None  # the caller has looked
        wire = await Wire.open(place, context=self._context(dates=False), pace=self._pace)
        try:
            nonce = secrets.token_hex(16)
            before = self._clock.now()
            response = await wire.ask("GET", f"{_TIME_PATH}?nonce={nonce}")
            after = self._clock.now()
        finally:
            await wire.close()
        self._heard = _heard(bytes(response.body), nonce=nonce, key=key, before=before, after=after)
        log.warning(
            "The box's clock is wrong; the cloud says what time it is, and its certificate is looked at by that."
        )
        return self._heard


def _heard(body: bytes, *, nonce: str, key: bytes, before: Stamp, after: Stamp) -> Heard:
    try:
        said = msgspec.json.decode(body, type=_TimeOut)
        signature = decoded(said.sig)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise DatesWrong("untrusted", "what came is not the time") from error
    error_ms = max(1, (after.boot_ms - before.boot_ms) // 2)
    is_good = said.nonce == nonce and is_signed(time_message(nonce, said.server_ms), signature, by=key)
    if not is_good or error_ms > _ROUGH_MS or not timekeeping.is_plausible(said.server_ms):
        raise DatesWrong("untrusted", "whoever said the time does not have the cloud's key")
    return Heard(after.boot, before.boot_ms + error_ms, said.server_ms, error_ms)


def _counts_at(certificate: dict[str, object], wall_ms: int) -> bool:
    """Whether a certificate's own dates are right for a moment."""
    begins, ends = certificate.get("notBefore"), certificate.get("notAfter")
    if not isinstance(begins, str) or not isinstance(ends, str):
        return False
    return ssl.cert_time_to_seconds(begins) * 1000 <= wall_ms <= ssl.cert_time_to_seconds(ends) * 1000
