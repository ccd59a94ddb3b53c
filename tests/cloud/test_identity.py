"""Nonces and signatures, without a network."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import NotAllowed
from sync.cloud.identity import CloudKeys, encoded, is_signed, read_authorisation, signed_text

KEYS = CloudKeys(b"n" * 32, b"c" * 32, b"s" * 32)
NOW = 1_790_000_000_000
MINUTE = 60_000


@pytest.mark.parametrize(
    ("age", "good"), [(-2, False), (-0.5, True), (0, True), (10, True), (10.1, False), (10**6, False)]
)
def test_a_nonce_counts_for_ten_minutes_in_every_process(age: float, good: bool) -> None:
    twin = CloudKeys(KEYS.nonce, b"", b"")
    nonce = KEYS.new_nonce(NOW)
    if good:
        twin.check_nonce(nonce, now_ms=NOW + int(age * MINUTE))
    else:
        with pytest.raises(NotAllowed, match="nonce"):
            twin.check_nonce(nonce, now_ms=NOW + int(age * MINUTE))


def test_a_nonce_of_another_cloud_or_another_time_does_not_count() -> None:
    stranger = CloudKeys(b"x" * 32, b"", b"")
    at, _, mac = KEYS.new_nonce(NOW).partition("-")
    for nonce in (stranger.new_nonce(NOW), f"{int(at, 16) + 1:x}-{mac}", mac, ""):
        with pytest.raises(NotAllowed):
            KEYS.check_nonce(nonce, now_ms=NOW)


@given(header=st.text(max_size=300))
def test_no_header_breaks_the_reading(header: str) -> None:
    for text in (header, f"Pika-Box {header}", f"Pika-Box key={header}, nonce=a, sig=b"):
        read_authorisation(text)


def test_a_signature_holds_for_one_request_only() -> None:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    signature = private.sign(signed_text("POST", "/v1/ingest", b"body", nonce="n"))
    header = f"pika-box  key=abc , nonce=n,sig={encoded(signature)}"
    said = read_authorisation(header)
    assert said is not None
    assert (said.key, said.nonce, said.signature) == ("abc", "n", signature)
    assert is_signed(signed_text("POST", "/v1/ingest", b"body", nonce="n"), signature, by=public)
    for other in (("GET", "/v1/ingest", b"body"), ("POST", "/v1/keys", b"body"), ("POST", "/v1/ingest", b"")):
        assert not is_signed(signed_text(*other, nonce="n"), signature, by=public)
    assert not is_signed(signed_text("POST", "/v1/ingest", b"body", nonce="m"), signature, by=public)
    assert not is_signed(b"", signature, by=b"short")


def test_secrets_stand_in_no_print() -> None:
    assert "nnnn" not in repr(KEYS)
