"""The box's certificate as it stands: looked at on the disk every few seconds, judged by the clock at every question.

Owns reading and never writes: a new one comes from the sync side or from somebody's hand.
"""

import logging
import os
import ssl
import stat
from dataclasses import dataclass
from pathlib import Path

from appliance.clock import Clock
from appliance.domain import certificate as rules
from appliance.domain.certificate import Certificate, Found
from appliance.errors import Invalid
from appliance.public import TlsSection
from appliance.tls import bundle, roots

log = logging.getLogger(__name__)

# Whether a chain leads to a root depends on the time too, and the clock may have been wrong at the last look.
_UNUSABLE_AGAIN_MS = 60_000


@dataclass(frozen=True, slots=True)
class _Looked:
    """What a look found, and from what."""

    found: Found | None
    #: for new connections; None unless phones would trust the certificate at some time
    context: ssl.SSLContext | None = None
    #: None when there was no file; the content itself must not lie around, it holds the key
    digest: int | None = None
    roots_mark: tuple[int, int, int] = (0, 0, 0)
    #: what the clock said then, milliseconds of UTC
    wall_ms: int = 0

    def still_holds(self, wall_ms: int) -> bool:
        """Whether a look at the same files would find the same."""
        if self.found is None or self.found.problem:
            return abs(wall_ms - self.wall_ms) < _UNUSABLE_AGAIN_MS
        # Beyond the certificate's time, another way to a root may count.
        return self.found.covers(wall_ms) == self.found.covers(self.wall_ms)


class Keeper:
    """The certificate of one box."""

    def __init__(self, settings: TlsSection, *, folder: Path, clock: Clock) -> None:
        """`folder` is where the certificate lies; it need not be there."""
        self.host_name = settings.host_name
        self._path = folder / bundle.FILE_NAME
        self._roots = settings.roots
        self._clock = clock
        self._looked = _Looked(found=None)

    def certificate(self) -> Certificate:
        """The certificate as of the last look, judged by the clock now; about two microseconds."""
        return rules.judge(self._looked.found, self._clock.now())

    def found(self) -> Found | None:
        """What the last look found."""
        return self._looked.found

    def trouble(self) -> str | None:
        """What is wrong with it, in words for staff, or None."""
        return rules.trouble(self.certificate(), self._clock.now())

    def context(self) -> ssl.SSLContext | None:
        """What a new connection is encrypted with; None while the certificate is not in use."""
        looked = self._looked
        return looked.context if rules.judge(looked.found, self._clock.now()).in_use else None

    def ends_in_s(self) -> float | None:
        """How long the certificate in use still is; None when none is."""
        found, now = self._looked.found, self._clock.now()
        if found is None or not rules.judge(found, now).in_use:
            return None
        return (found.not_after_ms + 1 - now.wall_ms) / 1000

    def look(self) -> Certificate:
        """Reads the files again if they have changed. Waits for the disk; whatever it holds, nothing is raised."""
        if self.host_name:
            before, self._looked = self._looked, self._look(self._looked)
            if self._looked.found != before.found:
                self._tell()
        return self.certificate()

    def _tell(self) -> None:
        found = self.certificate()
        log.info("Certificate: %s. %s", found.state.value, found.problem)

    def _look(self, before: _Looked) -> _Looked:
        try:
            content = _read(self._path)
        except FileNotFoundError:
            return before if before.found is None else _Looked(found=None)
        except OSError as error:
            words = str(bundle.unusable(f"The certificate's file can't be read ({error.strerror})."))
            found = Found(self.host_name, problem=words)
            return before if before.found == found else _Looked(found)
        place = roots.place(self._roots)
        digest, mark, wall_ms = hash(content), roots.mark(place), self._clock.now().wall_ms
        if (digest, mark) == (before.digest, before.roots_mark) and before.still_holds(wall_ms):
            return before
        found, context = self._check(content, place=place, wall_ms=wall_ms)
        return _Looked(found, context, digest=digest, roots_mark=mark, wall_ms=wall_ms)

    def _check(self, content: bytes, *, place: Path, wall_ms: int) -> tuple[Found, ssl.SSLContext | None]:
        try:
            found = bundle.check(
                bundle.read_chain(content),
                key=bundle.read_key(content),
                name=self.host_name,
                trusted=roots.load(place),
                wall_ms=wall_ms,
            )
            return found, self._new_context(content)
        except Invalid as error:
            return Found(self.host_name, problem=str(error)), None

    def _new_context(self, content: bytes) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        context.set_alpn_protocols(["http/1.1"])
        try:
            # It takes no bytes. A file that changed meanwhile does not count as looked at.
            context.load_cert_chain(self._path, password="")
            if _read(self._path) == content:
                return context
        except OSError:
            pass
        raise bundle.unusable("The certificate and its key can't be used together.")


def _read(path: Path) -> bytes:
    """The file's content, and no more than a certificate has. Raises: OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, "it is no file")
        return file.read(bundle.BYTES_MOST + 1)
