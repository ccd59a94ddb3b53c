"""A certificate authority of the tests' own: what it gives out is as good as the real ones', to whoever trusts it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.clock import SystemClock
from appliance.domain.events import Happened
from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.timekeeping import Anchor

NAME = "pika-ab12.example.org"
DAY = timedelta(days=1)
_CA_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def new_key() -> ec.EllipticCurvePrivateKey:
    """A key such as the box makes."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: PrivateKey) -> bytes:
    """A key as the box keeps it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def pem(*certificates: x509.Certificate) -> bytes:
    """Certificates, one after the other."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass
class Authority:
    """A root and one authority below it, which gives out the certificates."""

    title: str = "Test Root"
    #: the middle of the authority's own time
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    #: how long the one below the root counts from `now` on
    between_for: timedelta = 3000 * DAY

    def __post_init__(self) -> None:
        self._root_key, self._key = new_key(), new_key()
        times = (self.now - 3000 * DAY, self.now + 6000 * DAY)
        self.root = self._sign_authority(self.title, self._root_key, times=times)
        between = (times[0], self.now + self.between_for)
        self.between = self._sign_authority(f"{self.title} Between", self._key, times=between)

    def _sign_authority(
        self, title: str, key: ec.EllipticCurvePrivateKey, *, times: tuple[datetime, datetime]
    ) -> x509.Certificate:
        builder = self._builder(title, self.title, key.public_key(), times=times)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_CA_USAGE, critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        vouches = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._root_key.public_key())
        return builder.add_extension(vouches, critical=False).sign(self._root_key, hashes.SHA256())

    @staticmethod
    def _builder(title: str, issuer: str, key: object, *, times: tuple[datetime, datetime]) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(_name(title)).issuer_name(_name(issuer))
        builder = builder.public_key(key).serial_number(x509.random_serial_number())  # type: ignore[arg-type]
        return builder.not_valid_before(times[0]).not_valid_after(times[1])

    def give(
        self,
        key: PrivateKey | x509.CertificateSigningRequest,
        *,
        names: tuple[str, ...] = (NAME,),
        begins: timedelta = -DAY,
        ends: timedelta = 89 * DAY,
    ) -> x509.Certificate:
        """A certificate for these names."""
        times = (self.now + begins, self.now + ends)
        builder = self._builder("a box", f"{self.title} Between", key.public_key(), times=times)
        if names:
            alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
            builder = builder.add_extension(alternatives, critical=False)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        vouches = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(usage, critical=False).add_extension(vouches, critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def bundle(
        self,
        *,
        key: PrivateKey | None = None,
        names: tuple[str, ...] = (NAME,),
        begins: timedelta = -DAY,
        ends: timedelta = 89 * DAY,
    ) -> bytes:
        """What a box keeps: key, certificate, and the one between it and the root."""
        key = key or new_key()
        return key_pem(key) + pem(self.give(key, names=names, begins=begins, ends=ends), self.between)

    @property
    def roots(self) -> bytes:
        """What those who trust it are given."""
        return pem(self.root)


def self_signed(key: ec.EllipticCurvePrivateKey, *, name: str = NAME) -> x509.Certificate:
    """What anybody can make."""
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(_name(name)).issuer_name(_name(name))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - DAY).not_valid_after(now + 89 * DAY)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return builder.sign(key, hashes.SHA256())


@dataclass
class TurnedClock:
    """The real clock, as far off as wanted, and as trusted."""

    off_by_ms: int = 0
    trust: ClockTrust = ClockTrust.NTP
    #: set to have the wall clock stand still
    stands_at_ms: int | None = None
    _real: SystemClock = field(default_factory=SystemClock)

    def now(self) -> Stamp:
        real = self._real.now()
        wall_ms = self.stands_at_ms if self.stands_at_ms is not None else real.wall_ms + self.off_by_ms
        return Stamp(boot=real.boot, boot_ms=real.boot_ms, wall_ms=wall_ms, trust=self.trust)

    def load(self, *, anchor: Anchor | None, newest: Stamp | None) -> None:
        """Believes nothing but what the test says."""

    def on_commit(self, events: Sequence[Happened]) -> None:
        """As `load`."""

    def turn_to(self, moment: datetime) -> None:
        """Sets the wall clock; it goes on from there."""
        self.off_by_ms = int(moment.timestamp() * 1000) - int(time.time() * 1000)
