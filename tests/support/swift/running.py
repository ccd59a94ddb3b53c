"""The S3-compatible server as a process of its own: started, stopped, started again with what it kept."""

import asyncio
import contextlib
import subprocess
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from tests.support.ports import free_port

_SERVE = Path(__file__).with_name("serve.py")
#: Debian's own: it has the package, and this project's environment does not
_PYTHON = "/usr/bin/python3"
_READY_WITHIN_S = 30.0
USER, KEY, BUCKET = "pika_box", "a-secret-of-the-tests", "songs"


@dataclass
class Swift:
    """One server and what it keeps."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def environment(self) -> dict[str, str]:
        """What a cloud is told to keep its songs there."""
        return {
            "PIKA_CLOUD_SONGS": f"s3://{BUCKET}/hall",
            "PIKA_CLOUD_S3_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "PIKA_CLOUD_S3_KEY": USER.replace("_", ":"),
            "PIKA_CLOUD_S3_SECRET": KEY,
        }

    def start(self) -> None:
        """Serves what it kept."""
        line = [_PYTHON, str(_SERVE), str(self.folder), str(self.port), USER, KEY]
        log = (self.folder / "swift.log").open("ab")
        with log:
            self.process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=log)
        assert self.process.stdout is not None
        giving_up = threading.Timer(_READY_WITHIN_S, self.process.kill)
        giving_up.start()
        try:
            said = self.process.stdout.readline()
        finally:
            giving_up.cancel()
        assert said == b"ready\n", (self.folder / "swift.log").read_text(encoding="utf-8")

    def make_bucket(self) -> None:
        """The bucket, as whoever runs a cloud makes it before."""
        self._do(lambda s3: s3.create_bucket(Bucket=BUCKET))

    def put(self, name: str, content: bytes) -> None:
        """Something else stands under a name, as whoever has the keys can do it."""
        self._do(lambda s3: s3.put_object(Bucket=BUCKET, Key=name, Body=content))

    def names(self) -> set[str]:
        """What is in the bucket."""
        said = self._do(lambda s3: s3.list_objects_v2(Bucket=BUCKET))
        return {one["Key"] for one in said.get("Contents", ())}

    def _do(self, act: Callable[[Any], Awaitable[Any]]) -> Any:
        async def do() -> Any:
            client = get_session().create_client(
                "s3",
                endpoint_url=self.environment["PIKA_CLOUD_S3_ENDPOINT"],
                region_name="us-east-1",
                aws_access_key_id=self.environment["PIKA_CLOUD_S3_KEY"],
                aws_secret_access_key=KEY,
                config=AioConfig(request_checksum_calculation="when_required"),
            )
            async with client as s3:
                return await act(s3)

        return asyncio.run(do())

    def stop(self) -> None:
        """Is not there any more."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None


@contextlib.contextmanager
def swift(folder: Path) -> Iterator[Swift]:
    """A server until the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Swift(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
