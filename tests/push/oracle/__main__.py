"""`python -m tests.push.oracle`: sends real messages to web-push-testing, and reads there what it could open.

It speaks HTTP only, so a door of ours speaks TLS before it: the sender is the very one of the cloud.
"""

import asyncio
import contextlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx

from sync.cloud.identity import encoded
from sync.cloud.push.answers import Fate
from sync.cloud.push.endpoints import Services
from sync.cloud.push.intents import Intent, Urgency
from sync.cloud.push.letters import Keys, Signer, new_key, plain_text, public_key, seal
from sync.cloud.push.posting import Letter, Message, Poster, open_session
from tests.push.service import HOST, Loopback
from tests.support.authority import Authority
from tests.support.ports import free_port

_HERE = Path(__file__).parent
_SERVER = "node_modules/web-push-testing/src/bin/server.js"
_TITLES = ("DJ Bé is live", "Ő és Ż 🎉", "x" * 120)
_WITHIN_S = 15.0
_SITE = "https://cloud.example.org"


@contextlib.contextmanager
def _oracle(folder: Path) -> Iterator[str]:
    """The other service, from the pinned packages; its address."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is not installed: apt install nodejs npm")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_HERE / name, folder)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
    port = free_port()
    server = subprocess.Popen(["node", _SERVER, str(port)], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + _WITHIN_S
        while not _answers(url):
            assert server.poll() is None, "the other service ended"
            assert time.monotonic() < until, "the other service does not answer"
            time.sleep(0.05)
        yield url
    finally:
        server.kill()
        server.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.post(f"{url}/status").status_code == 200
    except httpx.TransportError:
        return False


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def _door(folder: Path, inner: str) -> AsyncIterator[tuple[int, ssl.SSLContext]]:
    """TLS before it: the port, and what trusts its certificate."""
    authority = Authority()
    (folder / "door.pem").write_bytes(authority.bundle(names=(HOST,)))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "door.pem")

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", int(inner.rpartition(":")[2]))
        await asyncio.gather(_pipe(reader, back), _pipe(there, writer))

    server = await asyncio.start_server(enter, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1], ssl.create_default_context(cadata=authority.roots.decode())


def _intent(title: str) -> Intent:
    return Intent("i1", "dj_live", "e1", "main", "live", 900, Urgency.HIGH, title, "Main Floor", "/c", 1)


async def _try(folder: Path, inner: str) -> None:
    key = new_key()
    options = {"userVisibleOnly": "true", "applicationServerKey": encoded(public_key(key))}
    async with (
        httpx.AsyncClient(base_url=inner) as browser,
        _door(folder, inner) as (port, tls),
        open_session(Loopback(), may_be=lambda _: True) as session,
    ):
        services = Services((HOST,), frozenset({port}))
        poster = Poster(session, Signer(key, "mailto:night@example.org"), services, tls)
        stranger = Poster(session, Signer(new_key(), "mailto:night@example.org"), services, tls)
        subscribed = (await browser.post("/subscribe", json=options)).json()["data"]
        name, keys = subscribed["clientHash"], Keys(subscribed["keys"]["p256dh"], subscribed["keys"]["auth"])
        sent = [plain_text(_intent(title), site=_SITE, tag="t") for title in _TITLES]
        letter = Letter(900, "abc", "high")
        endpoint = f"https://{HOST}:{port}/notify/{name}"
        for plain in sent:
            assert (await poster.post(Message(endpoint, seal(plain, keys), letter))).fate is Fate.SENT
        got = (await browser.post("/get-notifications", json={"clientHash": name})).json()["data"]["messages"]
        assert got == [plain.decode() for plain in sent], got
        # It refuses what is signed with another key, and what is sealed for somebody else.
        assert (await stranger.post(Message(endpoint, seal(sent[0], keys), letter))).fate is Fate.REFUSED
        other = (await browser.post("/subscribe", json=options)).json()["data"]["keys"]
        wrong = seal(sent[0], Keys(other["p256dh"], other["auth"]))
        assert (await poster.post(Message(endpoint, wrong, letter))).fate is Fate.REFUSED
        await browser.post(f"/expire-subscription/{name}")
        assert (await poster.post(Message(endpoint, seal(sent[0], keys), letter))).fate is Fate.GONE


def main() -> int:
    """Runs it once; raises where the two do not understand each other."""
    with tempfile.TemporaryDirectory(prefix="pika-oracle-") as name, _oracle(Path(name)) as inner:
        asyncio.run(_try(Path(name), inner))
    print(f"web-push-testing opened {len(_TITLES)} messages, and refused a wrong key, a wrong phone and one that left.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
