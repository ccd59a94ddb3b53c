"""People with an account, for tests that need somebody to be logged in."""

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.visitors import Visitor

PASSWORD = "three small words"
_numbers = itertools.count(1)


def logged_in(visitor: "Callable[[], Visitor]", staff: "Callable[[], Visitor]", *, role: str, name: str) -> "Visitor":
    """Somebody new, registered, let in by staff where that is needed, and logged in with a bearer token."""
    email = f"person{next(_numbers)}@example.org"
    someone = visitor()
    wanted = {"role": role, "email": email, "name": name, "password": PASSWORD}
    made = someone.post("/api/v1/accounts", json_body=wanted)
    assert made.status == 201, made.text
    if made.json["state"] == "waiting":
        approved = staff().post(f"/api/v1/accounts/{made.json['id']}/approve", json_body={"same_dj": True})
        assert approved.status == 200, approved.text
    came_in = someone.post("/api/v1/logins", json_body={"email": email, "password": PASSWORD})
    assert came_in.status == 201, came_in.text
    someone.token = came_in.json["login"]
    return someone
