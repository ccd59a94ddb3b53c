"""Between rows and models of people: the one place that knows both their column names and field names."""

import sqlite3

from appliance.domain.models import Dj, DjToken
from appliance.store.statements import Parameters


def dj(row: sqlite3.Row) -> Dj:
    return Dj(id=row["id"], name=row["name"])


def token(row: sqlite3.Row) -> DjToken:
    return DjToken(
        id=row["id"],
        dj_id=row["dj_id"],
        name=row["name"],
        digest=row["digest"],
        verifier=row["verifier"],
        created_ms=row["created_ms"],
        revoked_ms=row["revoked_ms"],
        device=row["device"],
        used_up_ms=row["used_up_ms"],
        used_ms=row["used_ms"],
    )


def token_and_dj(row: sqlite3.Row) -> tuple[DjToken, Dj]:
    return token(row), Dj(id=row["dj_id"], name=row["dj_name"])


def token_parameters(token: DjToken) -> Parameters:
    return {
        "id": token.id,
        "dj_id": token.dj_id,
        "name": token.name,
        "digest": token.digest,
        "verifier": token.verifier,
        "created_ms": token.created_ms,
        "device": token.device,
        "used_up_ms": token.used_up_ms,
    }
