"""What the cloud is told when it is started: the command line, else the environment."""

from dataclasses import dataclass, field
from pathlib import Path

from sync.cloud.songs.settings import SongsSettings

ENV_DATABASE, ENV_PUBLIC_URL = "PIKA_CLOUD_DATABASE", "PIKA_CLOUD_PUBLIC_URL"
ENV_PUSH_CONTACT = "PIKA_CLOUD_PUSH_CONTACT"
ENV_METRICS_TOKEN = "PIKA_CLOUD_METRICS_TOKEN"  # noqa: S105 - a name
PORT = 8090


@dataclass(frozen=True, slots=True)
class Settings:
    """One process of the cloud."""

    #: `postgresql://...` or `sqlite:///path`
    database: str
    #: loopback unless somebody wants otherwise: a proxy with a certificate stands before it
    host: str = "127.0.0.1"
    port: int = PORT
    #: own certificate and its key, PEM, where no proxy stands before it
    certificate: Path | None = None
    key: Path | None = None
    #: as people and boxes reach it, without a slash at the end; empty when that is what the request says
    public_url: str = ""
    #: whom push services write to, as mailto:...; empty where guests are sent nothing
    push_contact: str = ""
    #: who says it as a bearer token may read /metrics; empty: whoever asks on this machine itself
    metrics_token: str = field(default="", repr=False)
    #: where songs stand, and how much of them
    songs: SongsSettings = field(default_factory=lambda: SongsSettings(Path("data/cloud/songs").absolute()))
    #: how many batches may be at work at once; more are asked to come later
    batches_most: int = 16
