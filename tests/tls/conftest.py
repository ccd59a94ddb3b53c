"""A box with encrypted pages: certificates of a test authority, and a clock that can be turned."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance import bootstrap, opening
from appliance.files import replace_file
from tests.support.authority import NAME, Authority, TurnedClock
from tests.support.ports import free_port
from tests.web.served import Served, serving


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@dataclass
class EncryptedBox:
    """A served box with a name of its own."""

    served: Served
    data: Path
    tls_port: int
    clock: TurnedClock
    authority: Authority
    roots: Path

    def put(self, content: bytes) -> None:
        """Puts a certificate in place, as the sync side does."""
        (self.data / "tls").mkdir(exist_ok=True)
        replace_file(self.data / "tls" / "certificate.pem", content)

    def remove(self) -> None:
        (self.data / "tls" / "certificate.pem").unlink()

    @property
    def api_file(self) -> str:
        """What the operating system's part is told."""
        with contextlib.suppress(FileNotFoundError):
            return (self.data / "portal-api").read_text(encoding="ascii").strip()
        return ""


NewBox = Callable[..., contextlib.AbstractContextManager[EncryptedBox]]


@pytest.fixture
def encrypted_box(tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> NewBox:
    """Makes a box that looks at its certificate often, so that tests need not wait."""

    @contextlib.contextmanager
    def start(
        certificate: bytes | None = b"", *, clock: TurnedClock | None = None, look_every_s: float = 0.1
    ) -> Iterator[EncryptedBox]:
        clock = clock or TurnedClock()
        monkeypatch.setattr(bootstrap, "SystemClock", lambda: clock)
        monkeypatch.setattr(opening, "SystemClock", lambda: clock)
        monkeypatch.setattr("appliance.tls.door.LOOK_EVERY_S", look_every_s)
        roots = tmp_path / "roots.pem"
        roots.write_bytes(authority.roots)
        port, data = free_port(), tmp_path / "data"
        data.mkdir()
        if certificate is not None:
            (data / "tls").mkdir(mode=0o700)
            (data / "tls" / "certificate.pem").write_bytes(certificate or authority.bundle())
        tls: dict[str, object] = {"host_name": NAME, "port": port, "roots": str(roots)}
        with serving(data, options={"tls": tls}) as served:
            yield EncryptedBox(served, data, port, clock, authority, roots)

    return start
