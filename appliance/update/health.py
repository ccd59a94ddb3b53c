"""What a release must show to stay: it serves, it says who it is, and nothing broke that was whole before.

That it can write is shown by its start: before it serves, it stores a new setup code.
"""

import http.client
import json
from dataclasses import dataclass

_WITHIN_S = 5.0
_WELL = {"ok", "degraded"}
#: without these the box is no use, whatever was before
_VITAL = frozenset({"store"})


@dataclass(frozen=True, slots=True)
class Health:
    """One look at a running box."""

    version: str
    status: str
    #: parts that work, and parts that have a problem
    whole: frozenset[str]
    broken: frozenset[str]


def look(host: str, port: int) -> Health:
    """How the box is, as it says itself.

    Raises: OSError, ValueError in words when it does not.
    """
    status, body = _asked(host, port, "/health")
    try:
        said = json.loads(body)
        parts = said["parts"]
        broken = frozenset(name for name, part in parts.items() if part["state"] != "ok")
        whole = frozenset(parts) - broken
        return Health(version=str(said["version"]), status=str(said["status"]), whole=whole, broken=broken)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"/health answers {status} and something else than its health") from error


def problem(host: str, port: int, *, version: str, whole_before: frozenset[str]) -> str:
    """What is wrong with the release `version`; empty when nothing is.

    A part that had a problem before, or that the release before did not have, is not held against it.
    """
    try:
        found = look(host, port)
        page, _ = _asked(host, port, "/")
    except (OSError, ValueError) as error:
        return f"it does not serve ({error})"
    if found.version != version:
        return f"version {found.version} answers"
    if found.status not in _WELL:
        return f"it says that it is {found.status} ({', '.join(sorted(found.broken)) or 'no part said why'})"
    if worse := found.broken & (whole_before | _VITAL):
        return f"{', '.join(sorted(worse))} stopped working"
    return "" if 200 <= page < 400 else f"dancers' page answers {page}"


def _asked(host: str, port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(host, port, timeout=_WITHIN_S)
    try:
        connection.request(
            "GET", path, headers={"Host": host if ":" not in host else f"[{host}]", "Accept": "text/html"}
        )
        answer = connection.getresponse()
        return answer.status, answer.read(1_000_000)
    except http.client.HTTPException as error:
        raise ValueError(f"it answers with something that is not HTTP: {type(error).__name__}") from error
    finally:
        connection.close()
