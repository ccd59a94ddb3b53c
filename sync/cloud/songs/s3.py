"""Songs' bytes in S3-compatible storage, of whichever maker. Nothing here knows what a song is called.

Addresses have the bucket in their path, so that a server without names for each bucket does as well; checksums of the
newest kind are left out unless a request needs one, for older servers refuse them. What was stored is read and
compared by whoever put it there.
"""

import base64
import contextlib
import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from aiohttp import ClientError as LineError
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from appliance.errors import NotKnown, Unavailable
from sync.cloud.songs.settings import Bucket

_BLOCK = 256 * 1024
_CONFIG = {
    "signature_version": "s3v4",
    "s3": {"addressing_style": "path"},
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
    "retries": {"max_attempts": 2, "mode": "standard"},
    "connect_timeout": 3,
    "read_timeout": 20,
    "max_pool_connections": 40,
    "tcp_keepalive": True,
}
_GONE = {"NoSuchKey", "404", "NotFound"}
_KEYS = {
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "403",
    "Forbidden",
    "AuthorizationHeaderMalformed",
}
_FULL = {"QuotaExceeded", "EntityTooLarge", "InsufficientStorage", "507"}


class S3Bytes:
    """See `ports.SongBytes`. `client` is aiobotocore's, which tells no types."""

    def __init__(self, client: Any, bucket: Bucket) -> None:
        self._client, self._bucket = client, bucket

    def _at(self, name: str) -> dict[str, str]:
        return {"Bucket": self._bucket.name, "Key": f"{self._bucket.prefix}{name}"}

    async def begin(self, name: str) -> str:
        with _told():
            begun = await self._client.create_multipart_upload(**self._at(name), ContentType="application/octet-stream")
        return str(begun["UploadId"])

    async def add(self, name: str, handle: str, *, number: int, content: bytes) -> str:
        # What comes is what was sent: the server compares.
        digest = hashlib.md5(content, usedforsecurity=False).digest()
        part = {"UploadId": handle, "PartNumber": number, "Body": content, "ContentLength": len(content)}
        with _told():
            said = await self._client.upload_part(
                **self._at(name), **part, ContentMD5=base64.b64encode(digest).decode("ascii")
            )
        return str(said["ETag"])

    async def finish(self, name: str, handle: str, *, tags: Sequence[str]) -> None:
        parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, start=1)]
        with _told():
            try:
                await self._client.complete_multipart_upload(
                    **self._at(name), UploadId=handle, MultipartUpload={"Parts": parts}
                )
            except ClientError as error:
                # It was put together before, and the answer was lost: then it is there.
                if _code(error) != "NoSuchUpload":
                    raise
                await self._client.head_object(**self._at(name))

    async def give_up(self, name: str, handle: str) -> None:
        with _told(), contextlib.suppress(NotKnown):
            try:
                await self._client.abort_multipart_upload(**self._at(name), UploadId=handle)
            except ClientError as error:
                if _code(error) not in _GONE | {"NoSuchUpload"}:
                    raise

    async def read(self, name: str, *, start: int, stop: int) -> AsyncIterator[bytes]:
        with _told():
            answer = await self._client.get_object(**self._at(name), Range=f"bytes={start}-{stop - 1}")
            async with answer["Body"] as body:
                while block := await body.read(_BLOCK):
                    yield block

    async def remove(self, name: str) -> None:
        with contextlib.suppress(NotKnown), _told():
            await self._client.delete_object(**self._at(name))

    async def check(self) -> None:
        with _told():
            # Not HEAD: its answer has no room for the reason.
            await self._client.list_objects_v2(Bucket=self._bucket.name, MaxKeys=1)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What went wrong, in our words: nothing of a key or an address of the store."""
    try:
        yield
    except ClientError as error:
        code = _code(error)
        if code in _GONE:
            raise NotKnown("song_bytes_gone", "The store of songs does not have this one any more.") from error
        if code in _FULL:
            raise Unavailable(
                "songs_full", "The store of songs is full.", advice="Delete songs, or give it more room."
            ) from error
        if code in _KEYS:
            raise _away(
                "refuses the cloud's keys", "Whoever runs the cloud checks PIKA_CLOUD_S3_KEY and its secret."
            ) from error
        if code == "NoSuchBucket":
            raise _away("has no such bucket", "Whoever runs the cloud checks PIKA_CLOUD_SONGS.") from error
        raise _away(f"says no ({code[:40]})", _LATER) from error
    except (BotoCoreError, HTTPClientError, LineError, TimeoutError, OSError) as error:
        raise _away(f"can't be reached ({type(error).__name__})", _LATER) from error


_LATER = "Try again later. Nothing that boxes have is touched."


def _away(why: str, advice: str) -> Unavailable:
    return Unavailable("songs_away", f"The store of songs {why}.", advice=advice)


@asynccontextmanager
async def opened(bucket: Bucket) -> AsyncIterator[S3Bytes]:
    """The bucket, which need not be there yet: each act says whether it is."""
    client = get_session().create_client(
        "s3",
        endpoint_url=bucket.endpoint or None,
        region_name=bucket.region,
        aws_access_key_id=bucket.key,
        aws_secret_access_key=bucket.secret,
        config=AioConfig(**_CONFIG),
    )
    async with client as open_client:
        yield S3Bytes(open_client, bucket)
