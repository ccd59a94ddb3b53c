"""Where songs stand and how much an organisation may keep: from the environment, checked before anything starts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from appliance.errors import BadConfig

ENV_SONGS = "PIKA_CLOUD_SONGS"
ENV_ENDPOINT, ENV_REGION = "PIKA_CLOUD_S3_ENDPOINT", "PIKA_CLOUD_S3_REGION"
ENV_KEY, ENV_SECRET = "PIKA_CLOUD_S3_KEY", "PIKA_CLOUD_S3_SECRET"
ENV_MOST, ENV_GB = "PIKA_CLOUD_SONGS_MOST", "PIKA_CLOUD_SONGS_GB"
_S3 = "s3://"
_BUCKET = re.compile(r"(?P<name>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/(?P<prefix>[A-Za-z0-9._/-]{0,200}))?")
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(:\d{1,5})?/?")


@dataclass(frozen=True, slots=True)
class Bucket:
    """One place in S3-compatible storage."""

    name: str
    #: stands before each name in it; empty or with a slash at its end
    prefix: str = ""
    #: the server's address; empty for the one whose names everybody knows
    endpoint: str = ""
    region: str = "us-east-1"
    key: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SongsSettings:
    """What the cloud keeps of songs."""

    place: Path | Bucket
    #: songs of an organisation
    songs_most: int = 2000
    #: and their bytes
    bytes_most: int = 20_000_000_000


def _number(environment: Mapping[str, str], name: str, *, usual: int) -> int:
    given = environment.get(name, "")
    if not given:
        return usual
    if not (given.isascii() and given.isdecimal() and len(given) < 7 and int(given)):
        raise BadConfig("songs_settings_wrong", f"{name} is {given[:20]!r}; it must be a number from 1 on.")
    return int(given)


def _bucket(place: str, environment: Mapping[str, str]) -> Bucket:
    found = _BUCKET.fullmatch(place.removeprefix(_S3))
    if found is None:
        raise BadConfig("songs_settings_wrong", f"{place[:80]!r} is no bucket.", advice="Say s3://bucket/folder.")
    endpoint = environment.get(ENV_ENDPOINT, "")
    if endpoint and not _ENDPOINT.fullmatch(endpoint):
        raise BadConfig(
            "songs_settings_wrong",
            f"{ENV_ENDPOINT} is no address of a server.",
            advice="Say https://host or https://host:port, without a path.",
        )
    key, secret = environment.get(ENV_KEY, ""), environment.get(ENV_SECRET, "")
    if not key or not secret:
        raise BadConfig("songs_settings_wrong", f"A bucket needs {ENV_KEY} and {ENV_SECRET}.")
    prefix = (found["prefix"] or "").strip("/")
    return Bucket(
        name=found["name"],
        prefix=f"{prefix}/" if prefix else "",
        endpoint=endpoint.rstrip("/"),
        region=environment.get(ENV_REGION, "") or "us-east-1",
        key=key,
        secret=secret,
    )


def songs_of(place: str, environment: Mapping[str, str], *, data: Path) -> SongsSettings:
    """Where songs stand: `s3://bucket/folder`, a folder, or the folder `songs` in `data` when nothing is said.

    Raises: BadConfig with the code `songs_settings_wrong`.
    """
    place = place or environment.get(ENV_SONGS, "")
    return SongsSettings(
        place=_bucket(place, environment) if place.startswith(_S3) else Path(place or data / "songs").absolute(),
        songs_most=_number(environment, ENV_MOST, usual=2000),
        bytes_most=_number(environment, ENV_GB, usual=20) * 1_000_000_000,
    )
