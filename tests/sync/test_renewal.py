"""Renewal against a real HTTPS server: what is accepted, what is not, and that a bad link harms nothing."""

import json
import logging
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from appliance import config
from appliance.domain.certificate import CertificateState
from appliance.domain.models import ClockTrust
from appliance.errors import Unavailable
from appliance.files import replace_file
from appliance.tls.keeper import Keeper
from sync import calling
from sync.journal.backoff import Backoff
from sync.renewal import PATH, PENDING_NAME, Renewal
from tests.support.authority import DAY, NAME, Authority, TurnedClock, key_pem, new_key
from tests.sync.cloud import Behaviour, Cloud, chain_of, cloud, gives, honest


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@dataclass
class Box:
    """The sync side of one box."""

    folder: Path
    clock: TurnedClock
    cloud: Cloud
    renewal: Renewal
    keeper: Keeper

    @property
    def file(self) -> Path:
        return self.folder / "tls" / "certificate.pem"

    def put(self, content: bytes) -> None:
        self.file.parent.mkdir(exist_ok=True)
        replace_file(self.file, content)

    def is_served(self) -> bool:
        """Whether the box's server would use what is there."""
        return self.keeper.look().in_use


def shown(body: bytes, nonce: str) -> Mapping[str, str]:
    """What enrolment gives the box to show."""
    return {"Authorization": f"Box {len(body)} {nonce}"}


@pytest.fixture
def box(tmp_path: Path, authority: Authority) -> Iterator[Box]:
    (tmp_path / "roots.pem").write_bytes(authority.roots)
    clock = TurnedClock()
    with cloud(authority, tmp_path / "cloud", behave=honest(authority)) as there:
        options: dict[str, dict[str, object]] = {
            "tls": {"host_name": NAME, "roots": str(tmp_path / "roots.pem")},
            "cloud": {"url": there.url},
        }
        settings = config.load(data=tmp_path, environment={}, options=options)
        backoff = Backoff(base_s=60, most_s=3600)
        renewal = Renewal(settings, clock=clock, authorise=shown, backoff=backoff, draw=random.Random(1).uniform)
        keeper = Keeper(settings.tls, folder=settings.tls_folder, clock=clock)
        yield Box(folder=tmp_path, clock=clock, cloud=there, renewal=renewal, keeper=keeper)


def test_a_request_that_was_signed_with_an_old_nonce_is_signed_again_at_once(box: Box, authority: Authority) -> None:
    refusal = json.dumps({"code": "nonce_needed"}).encode()
    refuses, gives_one = gives(refusal, status=401, media_type="application/problem+json"), honest(authority)

    def first_refuses(request: x509.CertificateSigningRequest) -> tuple[int, str, Iterator[bytes]]:
        behave = refuses if len(box.cloud.asked) == 1 else gives_one
        return behave(request)

    box.cloud.behave = first_refuses
    box.renewal.tick()
    assert box.is_served()
    (first, _), (again, nonce) = (said.rsplit(" ", 1) for said in box.cloud.shown)
    assert (first, nonce) == (again, "nonce-1")


def test_who_says_no_to_a_signature_is_asked_twice_and_no_more(box: Box) -> None:
    box.cloud.behave = gives(b"{}", status=401, media_type="application/problem+json")
    box.renewal.tick()
    assert not box.is_served()
    assert len(box.cloud.asked) == 2


def test_a_box_without_a_certificate_gets_one_with_a_key_that_never_leaves_it(box: Box) -> None:
    box.renewal.tick()
    assert box.is_served()
    assert box.file.stat().st_mode & 0o777 == 0o600
    assert box.file.parent.stat().st_mode & 0o777 == 0o700
    key = serialization.load_pem_private_key(box.file.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert isinstance(key.curve, ec.SECP256R1)
    [(path, asked)] = box.cloud.asked
    assert (path, set(asked), asked["v"], asked["name"]) == (PATH, {"v", "name", "csr"}, 1, NAME)
    assert "PRIVATE" not in json.dumps(asked)
    assert sorted(one.name for one in box.file.parent.iterdir()) == ["certificate.pem"]
    box.renewal.tick()
    assert len(box.cloud.asked) == 1


@pytest.mark.parametrize(("days_left", "asks"), [(80, False), (31, False), (29, True), (1, True), (-3, True)])
def test_it_asks_with_a_third_left(box: Box, authority: Authority, days_left: int, asks: bool) -> None:
    box.put(authority.bundle(begins=(days_left - 90) * DAY, ends=days_left * DAY))
    old = box.file.read_bytes()
    box.renewal.tick()
    assert (len(box.cloud.asked) == 1) == asks
    assert (box.file.read_bytes() != old) == asks
    if asks:
        assert box.keeper.look().state is CertificateState.VALID


def foreign() -> Authority:
    return Authority(title="Stranger")


def wrong_key(authority: Authority) -> Behaviour:
    return gives(chain_of(authority.give(new_key()), authority.between))


def for_them(authority: Authority, **given: object) -> Behaviour:
    """A certificate for the key that asks, with something else wrong."""

    def behave(request: x509.CertificateSigningRequest) -> tuple[int, str, Iterator[bytes]]:
        own = authority.give(request, **given)  # type: ignore[arg-type]
        return 200, "application/json", iter([chain_of(own, authority.between)])

    return behave


def bare(authority: Authority) -> Behaviour:
    def behave(request: x509.CertificateSigningRequest) -> tuple[int, str, Iterator[bytes]]:
        return 200, "application/json", iter([chain_of(authority.give(request))])

    return behave


PORTAL = b"<html><title>Hotel Wi-Fi</title><form>Enter your room number</form></html>"
BAD: dict[str, Callable[[Authority], Behaviour]] = {
    "a portal's page": lambda _: gives(PORTAL, media_type="text/html"),
    "a portal's page that says it is JSON": lambda _: gives(PORTAL),
    "a redirect": lambda _: gives(b"", status=302),
    "not ready": lambda _: gives(b"{}", status=202),
    "a fault": lambda _: gives(b"{}", status=503),
    "no JSON object": lambda _: gives(b"[]"),
    "no chain": lambda _: gives(b'{"v": 1}'),
    "another kind of chain": lambda _: gives(b'{"v": 1, "chain": 7}'),
    "words for a chain": lambda _: gives(b'{"v": 1, "chain": "-----BEGIN CERTIFICATE-----"}'),
    "a lone surrogate": lambda _: gives(b'{"v": 1, "chain": "\\ud800"}'),
    "a deep one": lambda _: gives(b'{"x":' + b"[" * 30_000 + b"]" * 30_000 + b"}"),
    "too much": lambda _: gives(b" " * 500_000),
    "another key": wrong_key,
    "a stranger's": lambda _: for_them(foreign()),
    "another name": lambda ours: for_them(ours, names=("other.example.org",)),
    "no way to a root": bare,
    "one that ends sooner": lambda ours: for_them(ours, ends=10 * DAY),
    "one that has ended": lambda ours: for_them(ours, begins=-9 * DAY, ends=-DAY),
    "one that begins later": lambda ours: for_them(ours, begins=5 * DAY),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_better_certificate_changes_nothing(
    box: Box, authority: Authority, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    box.put(authority.bundle(begins=-75 * DAY, ends=15 * DAY))
    old = box.file.read_bytes()
    box.cloud.behave = BAD[what](authority)
    with caplog.at_level(logging.WARNING):
        box.renewal.tick()
    assert len(box.cloud.asked) == 1
    assert box.file.read_bytes() == old
    assert box.is_served()
    assert "No new certificate" in caplog.text
    assert "PRIVATE" not in caplog.text


def test_a_stranger_in_the_clouds_place_is_told_nothing(box: Box, tmp_path: Path) -> None:
    with cloud(foreign(), tmp_path / "stranger", behave=honest(foreign())) as stranger:
        options: dict[str, dict[str, object]] = {
            "tls": {"host_name": NAME, "roots": str(tmp_path / "roots.pem")},
            "cloud": {"url": stranger.url},
        }
        settings = config.load(data=tmp_path, environment={}, options=options)
        backoff = Backoff(base_s=60, most_s=3600)
        Renewal(settings, clock=box.clock, authorise=shown, backoff=backoff, draw=random.uniform).tick()
        assert (stranger.connections, stranger.asked) == (1, [])
    assert not box.file.exists()


def test_the_same_key_asks_again_until_its_certificate_is_there(box: Box, authority: Authority) -> None:
    box.cloud.behave = gives(b"{}", status=202)
    box.renewal.tick()
    pending = (box.file.parent / PENDING_NAME).read_bytes()
    assert (box.file.parent / PENDING_NAME).stat().st_mode & 0o777 == 0o600
    box.clock.off_by_ms += 3600 * 1000  # a clock that was set: no need to wait
    box.cloud.behave = honest(authority)
    box.renewal.tick()
    first, second = (x509.load_pem_x509_csr(str(asked["csr"]).encode()) for _, asked in box.cloud.asked)
    assert first.public_key() == second.public_key()
    assert box.file.read_bytes().startswith(pending)


@pytest.mark.parametrize(
    "kept", [b"", b"half a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_spoilt_key_is_made_anew(box: Box, kept: bytes) -> None:
    box.file.parent.mkdir()
    (box.file.parent / PENDING_NAME).write_bytes(kept)
    box.renewal.tick()
    assert box.is_served()


def test_a_plug_pulled_right_after_the_change_does_not_use_its_key_twice(box: Box, authority: Authority) -> None:
    key = new_key()
    box.put(authority.bundle(key=key, begins=-75 * DAY, ends=15 * DAY))
    (box.file.parent / PENDING_NAME).write_bytes(key_pem(key))
    box.renewal.tick()
    assert box.is_served()
    assert not box.file.read_bytes().startswith(key_pem(key))


def test_after_a_failure_it_waits(box: Box) -> None:
    box.cloud.behave = gives(PORTAL, media_type="text/html")
    for _ in range(5):
        box.renewal.tick()
    assert len(box.cloud.asked) == 1


@pytest.mark.parametrize("year", [1970, 2100])
def test_a_wrong_clock_locks_nobody_out_for_longer_than_it_is_wrong(box: Box, authority: Authority, year: int) -> None:
    box.put(authority.bundle(begins=-75 * DAY, ends=15 * DAY))
    box.clock.turn_to(datetime(year, 1, 2, tzinfo=UTC))
    box.clock.trust = ClockTrust.NONE
    # As the cloud's own certificate would look by such a clock, which is the machine's in the real program.
    box.cloud.behave = gives(PORTAL, media_type="text/html")
    box.renewal.tick()
    box.renewal.tick()
    before = len(box.cloud.asked)
    assert before <= 1
    box.cloud.behave = honest(authority)
    box.clock.off_by_ms, box.clock.trust = 0, ClockTrust.NTP
    box.renewal.tick()
    assert len(box.cloud.asked) == before + 1
    assert box.keeper.look().state is CertificateState.VALID


def test_a_full_card_is_a_failure_like_any_other(
    box: Box, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.put(authority.bundle(begins=-75 * DAY, ends=15 * DAY))
    old = box.file.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sync.renewal.replace_file", full)
    box.renewal.tick()
    assert box.file.read_bytes() == old


def test_a_link_that_ends_in_the_middle_or_drips_is_given_up_in_time(
    box: Box, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = next(honest(authority)(_request())[2])

    def cut(_: x509.CertificateSigningRequest) -> tuple[int, str, Iterator[bytes]]:
        def pieces() -> Iterator[bytes]:
            yield whole[:200]

        return 200, "application/json", pieces()

    def drip(_: x509.CertificateSigningRequest) -> tuple[int, str, Iterator[bytes]]:
        def pieces() -> Iterator[bytes]:
            for byte in whole:
                yield bytes([byte])
                time.sleep(0.3)

        return 200, "application/json", pieces()

    for behave in (cut, drip):
        box.cloud.behave = behave
        began = time.monotonic()
        with pytest.raises(Unavailable) if behave is drip else nullcontext():
            calling.post(
                box.cloud.url + PATH,
                json.dumps({"csr": _request().public_bytes(serialization.Encoding.PEM).decode()}).encode(),
                context=ssl.create_default_context(cafile=str(box.folder / "roots.pem")),
                headers={},
                within_s=1.0,
            )
        assert time.monotonic() - began < 3
    monkeypatch.setattr(calling, "WITHIN_S", 1.0)
    box.cloud.behave = cut
    box.renewal.tick()
    assert not box.file.exists()


def _request() -> x509.CertificateSigningRequest:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    names = x509.SubjectAlternativeName([x509.DNSName(NAME)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject).add_extension(names, critical=False)
    return builder.sign(new_key(), hashes.SHA256())


@pytest.mark.parametrize("says", ["nothing", "a byte now and then"])
def test_whoever_takes_the_connection_and_does_not_shake_hands_is_given_up_in_time(tmp_path: Path, says: str) -> None:
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hold() -> None:
            connection, _ = server.accept()
            with connection:
                while not stop.wait(0.1):
                    if says != "nothing":
                        connection.send(b"\x16")

        thread = threading.Thread(target=hold, daemon=True)
        thread.start()
        began = time.monotonic()
        with pytest.raises(Unavailable):
            calling.post(
                f"https://localhost:{server.getsockname()[1]}/",
                b"{}",
                context=ssl.create_default_context(),
                headers={},
                within_s=0.5,
            )
        assert time.monotonic() - began < 3
        stop.set()
        thread.join(5)
