"""Whose box it is: the key, the code that staff read out, a new key, and being taken off."""

import os
import stat
import subprocess
import sys

import pytest

from appliance.domain.uplink import Uplink, as_fact
from sync.agent.keys import BoxKey, KeyFolder, decoded, encoded, is_signed
from tests.agent.box import Box, NtpClock, carrying, eventually
from tests.agent.cloud import TestCloud, problem


def test_a_new_box_shows_a_code_and_begins_to_carry_once_it_was_typed(box: Box, cloud: TestCloud) -> None:
    cloud.claimed = False
    box.like(1, 20)
    with carrying(box):
        eventually(lambda: box.status().code == cloud.code)
        assert box.status().state is Uplink.UNCLAIMED
        fact = as_fact(box.status(), now=NtpClock().now(), last_seq=20, url=cloud.url, dropped=0)
        assert (fact.state, fact.code, fact.waiting) == ("unclaimed", cloud.code, 20)
        # One code, however often it is asked whether somebody has typed it.
        eventually(lambda: len(cloud.asked) > 8)
        assert cloud.asked.count(("POST", "/v1/enrol")) == 2  # the first time without a nonce
        assert not cloud.live
        cloud.claimed = True
        eventually(lambda: box.status().acked_seq >= 20)
        eventually(lambda: bool(cloud.live))
    assert box.status().code == ""
    key = box.settings.data / "sync" / "key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_box_that_was_taken_off_says_so_keeps_everything_and_comes_back(box: Box, cloud: TestCloud) -> None:
    box.like(1, 5)
    with carrying(box):
        eventually(lambda: box.status().acked_seq >= 5)
        cloud.revoked |= set(cloud.keys)
        box.like(6, 9)
        eventually(lambda: box.status().state is Uplink.REVOKED)
        assert len(box.lines()) >= 9
        cloud.revoked.clear()
        eventually(lambda: box.status().acked_seq >= 9)


def test_a_new_key_takes_the_old_ones_place_and_the_old_one_signs_for_it(box: Box, cloud: TestCloud) -> None:
    folder = KeyFolder(box.settings.data / "sync")
    box.like(1, 5)
    with carrying(box):
        eventually(lambda: box.status().acked_seq >= 5)
    old = folder.own().id
    environment = {**os.environ, "PIKA_BOX_DATA": str(box.settings.data)}
    subprocess.run([sys.executable, "-m", "sync", "new-key"], env=environment, check=True)
    wanted = folder.coming().id
    box.like(6, 7)
    with carrying(box):
        eventually(lambda: box.status().acked_seq >= 7)
    assert folder.own().id == wanted != old
    assert not folder.wants_change()
    assert set(cloud.keys) == {old, wanted}
    cloud.revoked.add(old)
    box.like(8, 9)
    with carrying(box):
        eventually(lambda: box.status().acked_seq >= 9)


def test_a_key_change_that_the_plug_was_pulled_in_goes_on(box: Box, cloud: TestCloud) -> None:
    folder = KeyFolder(box.settings.data / "sync")
    with carrying(box):
        eventually(lambda: bool(cloud.live))
    coming = folder.coming()
    # The cloud has taken it, and the file was not renamed yet.
    cloud.keys[coming.id] = coming.public
    box.like(1, 3)
    with carrying(box):
        eventually(lambda: box.status().acked_seq >= 3)
    assert folder.own().id == coming.id


def test_a_refusal_is_said_and_everything_waits(box: Box, cloud: TestCloud) -> None:
    cloud.before = lambda _, path, __: problem(426, "version_unknown") if path == "/v1/ingest" else None
    box.like(1, 3)
    with carrying(box):
        eventually(lambda: box.status().state is Uplink.REFUSED)
        assert box.status().reason == "version_unknown"
        cloud.before = lambda *_: None
        eventually(lambda: box.status().acked_seq >= 3)


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_key_is_set_aside_and_a_new_one_made(box: Box, content: bytes) -> None:
    folder = box.settings.data / "sync"
    first = KeyFolder(folder).own().id
    assert KeyFolder(folder).own().id == first
    (folder / "key.pem").write_bytes(content)
    second = KeyFolder(folder).own().id
    assert second != first
    assert KeyFolder(folder).own().id == second


def test_a_signature_is_for_one_request_and_one_nonce(box: Box) -> None:
    key: BoxKey = KeyFolder(box.settings.data / "sync").own()
    header = key.authorisation("POST", "/v1/ingest", b"body", nonce="n1")
    name, _, rest = header.partition(" ")
    fields = dict(part.split("=", 1) for part in rest.split(", "))
    assert (name, fields["key"], fields["nonce"]) == ("Pika-Box", key.id, "n1")
    digest = "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5"
    said = f"pika-box-1\nPOST\n/v1/ingest\n{digest}\nn1".encode()
    assert is_signed(said, decoded(fields["sig"]), by=key.public)
    assert not is_signed(said + b"x", decoded(fields["sig"]), by=key.public)
    assert decoded(encoded(key.public)) == key.public
