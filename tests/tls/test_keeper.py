"""What the box makes of a certificate's file, whatever is in it."""

import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from appliance.domain.certificate import CertificateState
from appliance.domain.models import ClockTrust
from appliance.public import TlsSection
from appliance.tls import roots
from appliance.tls.keeper import Keeper
from tests.support.authority import (
    DAY,
    NAME,
    Authority,
    TurnedClock,
    key_pem,
    new_key,
    pem,
    self_signed,
)

UNUSABLE = CertificateState.UNUSABLE


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def keeper(tmp_path: Path, authority: Authority, clock: TurnedClock) -> Keeper:
    (tmp_path / "roots.pem").write_bytes(authority.roots)
    return Keeper(TlsSection(host_name=NAME, roots=str(tmp_path / "roots.pem")), folder=tmp_path, clock=clock)


def put(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "certificate.pem").write_bytes(content)


def test_no_file_is_no_certificate(keeper: Keeper) -> None:
    assert keeper.look().state is CertificateState.NONE
    assert keeper.context() is None
    assert keeper.trouble() is None


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_certificate_that_phones_would_trust_is_used(
    tmp_path: Path, authority: Authority, keeper: Keeper, kind: str
) -> None:
    key = new_key() if kind == "ec" else rsa.generate_private_key(public_exponent=65537, key_size=2048)
    put(tmp_path, authority.bundle(key=key))
    found = keeper.look()
    ends = int((authority.now + 89 * DAY).timestamp() * 1000)
    assert (found.state, found.in_use, found.name, found.not_after_ms) == (CertificateState.VALID, True, NAME, ends)
    assert keeper.context() is not None


def test_a_wildcard_covers_the_name(tmp_path: Path, authority: Authority, keeper: Keeper) -> None:
    put(tmp_path, authority.bundle(names=("*.example.org",)))
    assert keeper.look().in_use


def test_what_phones_would_not_trust_is_said_in_words(tmp_path: Path, authority: Authority, keeper: Keeper) -> None:
    key, other = new_key(), new_key()
    ed = ed25519.Ed25519PrivateKey.generate()
    stranger = Authority(title="Stranger")
    cases = {
        "can't be read": b"",
        "key can't be read": pem(authority.give(key)),
        "another key": key_pem(other) + pem(authority.give(key), authority.between),
        "vouches for itself": key_pem(key) + pem(self_signed(key)),
        f"is not for {NAME}": authority.bundle(names=("other.example.org",)),
        f"not for {NAME}": authority.bundle(names=()),
        "lead to a root": stranger.bundle(),
        "not lead to a root": key_pem(key) + pem(authority.give(key)),
        "phones don't know": authority.bundle(key=ed),
    }
    for words, content in cases.items():
        put(tmp_path, content)
        found = keeper.look()
        assert (found.state, found.in_use) == (UNUSABLE, False), words
        assert words in found.problem
        assert "plain HTTP" in found.problem
        assert "PRIVATE" not in found.problem
        assert keeper.context() is None


def test_a_certificate_that_is_a_root_itself_is_not_trusted_for_it(
    tmp_path: Path, keeper: Keeper, authority: Authority
) -> None:
    key = new_key()
    own = self_signed(key)
    (tmp_path / "roots.pem").write_bytes(authority.roots + pem(own))
    put(tmp_path, key_pem(key) + pem(own))
    assert "vouches for itself" in keeper.look().problem


def test_garbage_of_every_kind_is_unusable_and_never_more(tmp_path: Path, authority: Authority, keeper: Keeper) -> None:
    good = authority.bundle()
    chance = random.Random(7)
    spoilt = [good[: chance.randrange(len(good))] for _ in range(60)]
    spoilt += [chance.randbytes(chance.randrange(5000)) for _ in range(20)]
    spoilt += [
        good + b"x" * 70_000,
        b"-----BEGIN CERTIFICATE-----\n" * 3000,
        b"\xff\xfe" + good.decode().encode("utf-16"),
    ]
    for _ in range(150):
        changed = bytearray(good)
        for _ in range(chance.randrange(1, 6)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        spoilt.append(bytes(changed))
    used = 0
    for content in spoilt:
        put(tmp_path, content)
        found = keeper.look()
        assert found.state in {UNUSABLE, CertificateState.VALID}
        used += found.in_use
    # A changed byte may be in a name of a block or in white space, where nothing changes by it.
    assert used < 15
    put(tmp_path, good)
    assert keeper.look().in_use


def test_what_is_no_file_at_all_is_unusable(tmp_path: Path, keeper: Keeper) -> None:
    place = tmp_path / "certificate.pem"
    place.mkdir()
    assert keeper.look().state is UNUSABLE
    place.rmdir()
    # A pipe would have the box wait for ever.
    os.mkfifo(place)
    assert keeper.look().state is UNUSABLE
    place.unlink()
    assert keeper.look().state is CertificateState.NONE


def test_the_clock_decides_at_every_question_without_a_look(
    tmp_path: Path, authority: Authority, keeper: Keeper, clock: TurnedClock
) -> None:
    put(tmp_path, authority.bundle())
    assert keeper.look().in_use
    for moment, state in [
        (datetime(1970, 1, 1, tzinfo=UTC), CertificateState.NOT_YET_VALID),
        (authority.now + 70 * DAY, CertificateState.EXPIRING),
        (authority.now + 90 * DAY, CertificateState.EXPIRED),
        (datetime(2200, 1, 1, tzinfo=UTC), CertificateState.EXPIRED),
        (authority.now, CertificateState.VALID),
    ]:
        clock.turn_to(moment)
        assert keeper.certificate().state is state
        assert (keeper.context() is not None) == (state in {CertificateState.EXPIRING, CertificateState.VALID})
        assert keeper.look().state is state
    clock.trust = ClockTrust.SAVED
    assert keeper.context() is None
    assert "clock" in keeper.certificate().problem


def test_a_certificate_ends_with_the_first_of_those_that_vouch_for_it(tmp_path: Path, clock: TurnedClock) -> None:
    short = Authority(between_for=10 * DAY)
    (tmp_path / "roots.pem").write_bytes(short.roots)
    keeper = Keeper(TlsSection(host_name=NAME, roots=str(tmp_path / "roots.pem")), folder=tmp_path, clock=clock)
    put(tmp_path, short.bundle())
    found = keeper.look()
    assert found.state is CertificateState.EXPIRING
    assert found.not_after_ms == int((short.now + 10 * DAY).timestamp() * 1000)
    clock.turn_to(short.now + 11 * DAY)
    assert not keeper.certificate().in_use
    assert not keeper.look().in_use


def test_a_clock_that_was_wrong_at_the_look_is_no_verdict_for_good(
    tmp_path: Path, authority: Authority, keeper: Keeper, clock: TurnedClock
) -> None:
    put(tmp_path, authority.bundle())
    for wrong in (datetime(1970, 1, 2, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)):
        clock.turn_to(wrong)
        clock.trust = ClockTrust.NONE
        assert not keeper.look().in_use
        clock.turn_to(authority.now)
        clock.trust = ClockTrust.NTP
        assert keeper.look().in_use


def test_new_roots_are_seen(tmp_path: Path, authority: Authority, keeper: Keeper) -> None:
    put(tmp_path, authority.bundle())
    assert keeper.look().in_use
    (tmp_path / "roots.pem").write_bytes(Authority(title="Another").roots + b" ")
    assert keeper.look().state is UNUSABLE
    (tmp_path / "roots.pem").write_bytes(b"nothing")
    assert "knows no roots" in keeper.look().problem
    (tmp_path / "roots.pem").write_bytes(authority.roots)
    assert keeper.look().in_use


def test_the_systems_own_roots_are_found_and_do_not_know_the_tests_authority(
    tmp_path: Path, authority: Authority, clock: TurnedClock
) -> None:
    assert len(roots.load(roots.place(""))) > 50
    keeper = Keeper(TlsSection(host_name=NAME), folder=tmp_path, clock=clock)
    put(tmp_path, authority.bundle())
    assert "lead to a root" in keeper.look().problem


def test_a_box_without_a_public_name_looks_at_nothing(tmp_path: Path, authority: Authority, clock: TurnedClock) -> None:
    put(tmp_path, authority.bundle())
    assert Keeper(TlsSection(), folder=tmp_path, clock=clock).look().state is CertificateState.NONE


def test_a_renewed_certificate_takes_the_place_of_the_old_one(
    tmp_path: Path, authority: Authority, keeper: Keeper
) -> None:
    put(tmp_path, authority.bundle(ends=timedelta(days=3)))
    before = keeper.look()
    assert (before.state, before.in_use) == (CertificateState.EXPIRING, True)
    first = keeper.context()
    put(tmp_path, authority.bundle())
    assert keeper.look().state is CertificateState.VALID
    assert keeper.context() is not first
