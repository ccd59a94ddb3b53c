"""The cloud as the box speaks to it: signed requests, the nonce that goes with them, introducing the box, a new key."""

import logging
from typing import Annotated

import msgspec

from appliance.domain.models import Stamp
from sync.agent.keys import BoxKey, KeyFolder, decoded, encoded
from sync.agent.pace import Pace
from sync.agent.trust import Trust
from sync.agent.wire import Lost, Place, Response, Wire

log = logging.getLogger(__name__)

_JSON = {"Content-Type": "application/json"}
_NONCE = "pika-nonce"
_NONCE_MOST = 200


class Introduced(msgspec.Struct, frozen=True):
    """What the cloud answers to a box that introduces itself."""

    #: for the organiser; empty when the box was claimed already
    code: Annotated[str, msgspec.Meta(max_length=40)] = ""
    expires_s: Annotated[int, msgspec.Meta(ge=0, le=3600)] = 0
    #: the cloud's own public key
    cloud_key: Annotated[str, msgspec.Meta(max_length=60)] = ""
    claimed: bool = False


class Problem(msgspec.Struct, frozen=True):
    """A refusal."""

    code: Annotated[str, msgspec.Meta(max_length=100)] = ""


def code_of(response: Response) -> str:
    """The word for a refusal; empty when somebody else refused."""
    if response.content_type.partition(";")[0].strip().lower() != "application/problem+json":
        return ""
    try:
        return msgspec.json.decode(bytes(response.body), type=Problem).code
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


class Cloud:
    """One cloud. Each lane opens connections of its own; the nonce is everybody's."""

    def __init__(self, url: str, *, keys: KeyFolder, trust: Trust, pace: Pace) -> None:
        self.place, self.pace = Place.of(url), pace
        self._keys, self._trust = keys, trust
        self._key: BoxKey | None = None
        self._nonce = ""

    @property
    def trust(self) -> Trust:
        """How its connections are looked at."""
        return self._trust

    def own_key(self) -> BoxKey:
        """The box's key. Raises: OSError."""
        if self._key is None:
            self._key = self._keys.own()
        return self._key

    async def connect(self) -> Wire:
        """A connection of one's own. Raises: Lost."""
        return await self._trust.open(self.place)

    def headers(self, method: str, path: str, body: bytes = b"") -> dict[str, str]:
        """What shows that a request is this box's."""
        signed = self.own_key().authorisation(method, self.place.path + path, body, nonce=self._nonce)
        return {"Authorization": signed}

    def note(self, response: Response) -> None:
        """Takes the next nonce from an answer."""
        self.note_nonce(response.headers.get(_NONCE, ""))

    def note_nonce(self, nonce: str) -> None:
        """Takes the next nonce, if it can be one."""
        if nonce and len(nonce) <= _NONCE_MOST and nonce.isascii() and nonce.isprintable():
            self._nonce = nonce

    async def ask(
        self, wire: Wire, method: str, path: str, body: bytes = b"", *, kind: dict[str, str] | None = None
    ) -> Response:
        """A signed request and its answer; once more when only the nonce was too old. Raises: Lost."""
        response = Response()
        for _ in range(2):
            headers = self.headers(method, path, body) | (kind or {})
            response = await wire.ask(method, path, body, headers)
            self.note(response)
            if response.status != 401 or code_of(response) != "nonce_needed":
                break
            if not wire.is_open:
                raise Lost("closed")
        return response

    async def introduce(self, wire: Wire, *, box: str, name: str, version: str) -> Introduced | None:
        """Tells the cloud of this box; None when whoever answered is no cloud or says no. Raises: Lost, OSError."""
        key = self.own_key()
        body = msgspec.json.encode({"box": box, "name": name, "public_key": encoded(key.public), "version": version})
        response = await self.ask(wire, "POST", "/v1/enrol", body, kind=_JSON)
        if response.status != 200:
            log.warning("The cloud does not take this box (%d %s).", response.status, code_of(response))
            return None
        try:
            said = msgspec.json.decode(bytes(response.body), type=Introduced)
            raw = decoded(said.cloud_key)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
            return None
        if len(raw) == 32 and (self._keys.cloud() is None or not said.claimed):
            self._keys.keep_cloud(raw)
        return said

    @property
    def is_known(self) -> bool:
        """Whether the cloud has shown its key: whoever did that was introduced."""
        return self._keys.cloud() is not None

    async def change_key(self, wire: Wire) -> bool:
        """Brings in the coming key, signed by the old one; whether the cloud took it. Raises: Lost, OSError."""
        coming = self._keys.coming()
        body = msgspec.json.encode({"public_key": encoded(coming.public)})
        response = await self.ask(wire, "POST", "/v1/keys", body, kind=_JSON)
        if response.status not in {200, 201, 204}:
            # The plug may have been pulled after the cloud took it and before the file changed its name.
            log.warning("The cloud does not take the new key (%d %s).", response.status, code_of(response))
            return False
        self._keys.change()
        self._key = coming
        log.info("The box has a new key at the cloud.")
        return True

    @property
    def wants_new_key(self) -> bool:
        """Whether somebody asked for a new key."""
        return self._keys.wants_change()


def sent_values(now: Stamp) -> dict[str, str | int]:
    """The box's clocks, as every body that leaves says them."""
    return {"boot": now.boot, "boot_ms": now.boot_ms, "wall_ms": now.wall_ms, "trust": now.trust.value}
