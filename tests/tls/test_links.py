"""The box's own key for links: made once, good at any time, and served beside the pages whatever they do."""

import contextlib
import json
import os
import socket
import ssl
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from appliance.errors import Unavailable
from appliance.tls.links import LinkIdentity, fingerprint, read_fingerprint
from tests.link.boxes import link_box
from tests.support.ports import free_port
from tests.support.real_box import QUIET, ROOT, running_box
from tests.tls.client import careless, connected, eventually, is_open, reach
from tests.web.served import serving


def made(folder: Path) -> LinkIdentity:
    identity = LinkIdentity(folder)
    identity.look()
    assert identity.trouble() is None
    return identity


def shown(port: int, *, name: str | None = None) -> str:
    with connected(port, careless(), name=name) as connection:
        der = connection.getpeercert(binary_form=True)
        assert der is not None
        assert connection.version() == "TLSv1.3"
        return fingerprint(der)


def test_a_key_is_made_at_the_first_look_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    identity = LinkIdentity(folder)
    assert identity.context() is None
    with pytest.raises(Unavailable):
        identity.fingerprint()
    identity.look()
    content = (folder / "links.pem").read_bytes()
    assert stat.S_IMODE((folder / "links.pem").stat().st_mode) == 0o600
    assert made(folder).fingerprint() == identity.fingerprint() == read_fingerprint(folder)
    assert (folder / "links.pem").read_bytes() == content


def test_the_certificate_is_good_at_any_time_a_clock_may_show_and_vouches_for_nobody_else(tmp_path: Path) -> None:
    made(tmp_path)
    found = x509.load_pem_x509_certificate((tmp_path / "links.pem").read_bytes())
    assert found.not_valid_before_utc == datetime(2000, 1, 1, tzinfo=UTC)
    assert found.not_valid_after_utc == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert isinstance(found.public_key(), ec.EllipticCurvePublicKey)
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


@pytest.mark.parametrize("content", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\n", None])
def test_a_damaged_key_is_put_aside_and_a_new_one_made(tmp_path: Path, content: bytes | None) -> None:
    before = made(tmp_path).fingerprint()
    path = tmp_path / "links.pem"
    path.write_bytes(path.read_bytes()[:300] if content is None else content)
    assert made(tmp_path).fingerprint() != before
    assert (tmp_path / ".links.pem.aside").exists()


def test_a_folder_in_the_key_s_place_is_put_aside_too(tmp_path: Path) -> None:
    (tmp_path / "links.pem").mkdir()
    assert made(tmp_path).context() is not None


def test_where_no_key_can_be_kept_that_is_said_and_tried_again() -> None:
    identity = LinkIdentity(Path("/proc/nowhere/tls"))
    identity.look()
    assert identity.context() is None
    assert "can't be kept" in (identity.trouble() or "")


def test_a_port_that_is_taken_is_told_and_pages_go_on_until_it_is_free(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with serving(tmp_path / "box", options={"links": {"enabled": True, "port": port}}) as box:

            def problem() -> str:
                return str(box.visitor().get("/health").json["parts"]["links"].get("problem"))

            eventually(lambda: f"Port {port} for DJs' links can't be opened" in problem())
            assert box.visitor().get("/api/v1/stages").status == 200


def test_links_reach_the_same_box_over_its_own_key_by_any_name_or_none(tmp_path: Path) -> None:
    with link_box(tmp_path / "box") as box:
        for name in (None, "pika.internal", "127.0.0.1", "whatever.example"):
            assert shown(box.place.port, name=name) == box.fingerprint
        with connected(box.place.port, careless(), name=None) as connection:
            connection.sendall(b"GET /api/v1/stages HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            answer = b""
            while part := connection.recv(65536):
                answer += part
        assert answer.startswith(b"HTTP/1.1 200")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["stages"]


def test_a_laptop_that_knows_only_the_older_version_is_served_too(tmp_path: Path) -> None:
    with link_box(tmp_path / "box") as box:
        old = careless()
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with connected(box.place.port, old, name=None) as connection:
            assert connection.version() == "TLSv1.2"


def test_whoever_says_nothing_costs_a_bounded_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.tls.door.HANDSHAKE_WITHIN_S", 0.3)
    with link_box(tmp_path / "box") as box, socket.create_connection(("127.0.0.1", box.place.port)) as silent:
        silent.settimeout(5)
        with contextlib.suppress(ConnectionResetError):
            assert silent.recv(1) == b""


def test_a_box_that_takes_no_links_opens_no_port_and_makes_no_key(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path / "box", options={"links": {"enabled": False, "port": port}}) as box:
        assert box.visitor().get("/health").status == 200
        assert reach(port)[0] == "refused"
        assert not (tmp_path / "box" / "tls" / "links.pem").exists()


def test_the_terminal_makes_a_code_for_the_running_box(tmp_path: Path) -> None:
    port = free_port()
    environment = {"PIKA_BOX_LINKS_ENABLED": "yes", "PIKA_BOX_LINKS_PORT": str(port)}
    with running_box(tmp_path / "box", env=environment) as box:
        eventually(is_open(port))
        command = [sys.executable, "-m", "appliance", "dj", "--data", str(box.data), "pair", "DJ Anna"]
        said = subprocess.run(
            command,
            env={**os.environ, **QUIET, **environment, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout
        assert "DJ Anna types this into the link" in said
        assert said.split("\n\n")[1].strip()[1] == "-"
        assert box.staff().get("/api/v1/tokens").json["tokens"] == []
