"""A new certificate when it is time: the key is made here and never leaves; the cloud gets the request and the name.

The cloud shows the name's authority that the name is its own, and sends back a chain. Whatever comes back, only a
chain that phones would trust takes the old one's place, and in one step with its key.

A clock that is wrong makes the cloud's own certificate look wrong, and then nothing is sent: to believe a stranger's
date would let anybody with an old key stand in for the cloud. Any clock that becomes right is noticed at once.
"""

import logging
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from appliance.clock import Clock
from appliance.config import Settings
from appliance.domain import certificate as rules
from appliance.domain.certificate import Found
from appliance.domain.models import ClockTrust, Stamp
from appliance.errors import BoxError, Invalid, Unavailable
from appliance.files import replace_file, sync_folder
from appliance.tls import bundle, roots
from appliance.tls.keeper import Keeper
from sync import calling
from sync.journal.backoff import Backoff

log = logging.getLogger(__name__)

PATH = "/v1/certificates"
#: the key that a request was made with, until its certificate is here: a cloud that needs a while is asked again
PENDING_NAME = "pending.key"
_CLOCK_STEP_MS = 60_000

#: shows the cloud whose request this is: headers for a body, with the nonce that the cloud just said, or an empty one
Authorise = Callable[[bytes, str], Mapping[str, str]]
#: a random number between two, such as `random.uniform`
Draw = Callable[[float, float], float]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the cloud is asked."""

    v: int = 1
    #: the box's public name
    name: str
    #: PKCS #10, PEM
    csr: str


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What it answers."""

    v: int = 1
    #: the certificate and those between it and a root, PEM
    chain: str


class Renewal:
    """The renewals of one box."""

    def __init__(self, settings: Settings, *, clock: Clock, authorise: Authorise, backoff: Backoff, draw: Draw) -> None:
        self._settings = settings
        self._clock = clock
        self._authorise = authorise
        self._backoff, self._draw = backoff, draw
        self._keeper = Keeper(settings.tls, folder=settings.tls_folder, clock=clock)
        self._wait_until_ms = 0
        self._clock_was: tuple[int, ClockTrust] | None = None

    def tick(self) -> None:
        """Does what is due at this moment. Fails only into the log, and then waits longer each time."""
        now = self._clock.now()
        self._notice_clock(now)
        if now.boot_ms < self._wait_until_ms:
            return
        self._keeper.look()
        if not rules.is_due(self._keeper.found(), wall_ms=now.wall_ms):
            self._backoff = self._backoff.forgotten()
            return
        try:
            found = self._renew(now)
        except (BoxError, OSError) as error:
            self._backoff = self._backoff.failed(draw=self._draw)
            wait_s = self._backoff.last_s
            self._wait_until_ms = now.boot_ms + int(wait_s * 1000)
            log.warning("No new certificate: %s Asking again in %.0f s.", error, wait_s)
        else:
            self._backoff = self._backoff.forgotten()
            log.info("A new certificate for %s is in place, until %d.", found.name, found.not_after_ms // 1000)

    def _notice_clock(self, now: Stamp) -> None:
        """A clock that was set makes everything worth another try."""
        began_ms = now.wall_ms - now.boot_ms
        was, self._clock_was = self._clock_was, (began_ms, now.trust)
        if was is not None and (was[1] is not now.trust or abs(was[0] - began_ms) > _CLOCK_STEP_MS):
            self._backoff = self._backoff.forgotten()
            self._wait_until_ms = 0

    def _renew(self, now: Stamp) -> Found:
        folder = self._settings.tls_folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = self._pending_key(folder / PENDING_NAME)
        chain = self._ask(key)
        found = self._accepted(chain, key=key, now=now)
        whole = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (chain.own, *chain.between))
        replace_file(folder / bundle.FILE_NAME, _key_pem(key) + whole)
        (folder / PENDING_NAME).unlink(missing_ok=True)
        sync_folder(folder)
        return found

    def _pending_key(self, path: Path) -> ec.EllipticCurvePrivateKey:
        """The key of the request that is under way, or a new one, on the disk before anybody hears of it."""
        try:
            kept = serialization.load_pem_private_key(path.read_bytes(), password=None)
            if isinstance(kept, ec.EllipticCurvePrivateKey) and not self._is_in_place(kept):
                return kept
        except (FileNotFoundError, ValueError, TypeError):
            pass
        key = ec.generate_private_key(ec.SECP256R1())
        replace_file(path, _key_pem(key))
        return key

    def _is_in_place(self, key: ec.EllipticCurvePrivateKey) -> bool:
        """Whether the certificate that is there has this key already: the plug was pulled right after."""
        try:
            return bundle.read_key((self._settings.tls_folder / bundle.FILE_NAME).read_bytes()) == key.public_key()
        except (Invalid, OSError):
            return False

    def _ask(self, key: ec.EllipticCurvePrivateKey) -> bundle.Chain:
        name = self._settings.tls.host_name
        question = msgspec.json.encode(Request(name=name, csr=_signing_request(key, name)))
        url = self._settings.cloud.url + PATH
        context = self._context()
        answer = calling.post(url, question, context=context, headers=self._authorise(question, ""))
        if answer.status == 401 and answer.nonce:
            # What the box signed with was too old; the answer carries a new one.
            headers = self._authorise(question, answer.nonce)
            answer = calling.post(url, question, context=context, headers=headers)
        if answer.status != 200 or answer.media_type != "application/json":
            raise Unavailable(
                "cloud_unhelpful", f"The cloud answered with status {answer.status} ({answer.media_type or 'nothing'})."
            )
        try:
            return bundle.read_chain(msgspec.json.decode(answer.body, type=Given).chain.encode())
        except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError) as error:
            raise Unavailable("cloud_unhelpful", "The cloud answered with something that is no certificate.") from error

    def _context(self) -> ssl.SSLContext:
        place = roots.place(self._settings.tls.roots)
        try:
            return ssl.create_default_context(cafile=str(place))
        except OSError as error:
            raise Unavailable("roots_unreadable", f"The roots in {place} can't be read ({error.strerror}).") from error

    def _accepted(self, chain: bundle.Chain, *, key: ec.EllipticCurvePrivateKey, now: Stamp) -> Found:
        """What the chain amounts to, if it is better than what is there."""
        trusted = roots.load(roots.place(self._settings.tls.roots))
        name = self._settings.tls.host_name
        found = bundle.check(chain, key=key.public_key(), name=name, trusted=trusted, wall_ms=now.wall_ms)
        if rules.clock_is_trusted(now.trust) and not found.covers(now.wall_ms):
            raise Invalid("certificate_not_now", "The cloud sent a certificate that does not count now.")
        current = self._keeper.found()
        if current is not None and not current.problem and found.not_after_ms <= current.not_after_ms:
            raise Invalid("certificate_no_better", "The cloud sent a certificate that ends no later than the old one.")
        return found


def _signing_request(key: ec.EllipticCurvePrivateKey, name: str) -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if len(name) <= 64 else [])
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject).add_extension(names, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode("ascii")


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
