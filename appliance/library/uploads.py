"""Songs that somebody sends over the network, piece by piece: what came is kept, also through a pulled plug.

A song on its way is two files in a folder that the scanner passes over: what is known of it, and what came so far. How
much came is the second one's size and nothing else, so the two can't disagree. When it is whole it is moved among the
music, under a name that nobody had. All of this blocks; whoever calls it does so beside the event loop.
"""

import contextlib
import errno
import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from appliance.domain.uploads import SIZE_MOST, Upload, file_name
from appliance.errors import Invalid, NotKnown, Refused, Unavailable
from appliance.files import make_durable, put_file, space_at, sync_folder
from appliance.library.placing import found_again, place

#: songs on their way at once
UNFINISHED_MOST = 100
#: bytes that stay free for the evening itself
FREE_LEAST = 1_000_000_000
#: what nobody went on with for so long is given up, seconds
_GIVEN_UP_AFTER_S = 7 * 24 * 3600
#: where songs that were sent stand among the music, and where those that are on their way wait
FOLDER, WAITING = "uploads", ".uploads"
_ID = re.compile(r"[0-9a-f]{24}")


class Uploads:
    """All songs on their way to one folder of music."""

    def __init__(self, music: Path, *, free_least: int = FREE_LEAST) -> None:
        self._music, self._waiting, self._free_least = music, music / WAITING, free_least
        self._held: set[str] = set()

    @property
    def folder(self) -> Path:
        """Where songs that came stand."""
        return self._music / FOLDER

    def begin(self, given: str, *, length: int, by: str = "") -> Upload:
        """A song will be sent, by an account or by staff.

        Raises: Invalid with the code `song_name_empty`, `song_not_audio` or `song_size_invalid`; Refused with the code
        `uploads_too_many`; Unavailable with the code `uploads_no_room` or `uploads_failed`.
        """
        name = file_name(given)
        if not 0 < length <= SIZE_MOST:
            raise Invalid(
                "song_size_invalid",
                "The file is empty." if length <= 0 else f"A song may have {SIZE_MOST // 1_000_000} MB at most.",
                advice="Choose another file.",
            )
        with _kept_well():
            self._waiting.mkdir(parents=True, exist_ok=True)
            waiting = self._tidied()
            if len(waiting) >= UNFINISHED_MOST:
                raise Refused(
                    "uploads_too_many",
                    f"{UNFINISHED_MOST} songs are on their way already.",
                    advice="Finish or drop some of them first.",
                )
            self._check_room(length + sum(one.length - one.offset for one in waiting))
            upload = Upload(secrets.token_hex(12), name, length, 0, by)
            self._part(upload.id).touch(mode=0o600)
            note = {"v": 1, "name": name, "length": length, "by": by}
            put_file(self._note(upload.id), json.dumps(note).encode())
        return upload

    def _check_room(self, wanted: int) -> None:
        free = space_at(self._waiting).free_bytes
        if free - wanted < self._free_least:
            raise Unavailable(
                "uploads_no_room",
                f"The disk has {free // 1_000_000} MB left, which is too little for this song and the evening.",
                advice="Remove music that nobody plays, or put in a stick with the songs instead.",
            )

    def find(self, upload_id: str) -> Upload:
        """A song on its way. Raises: NotKnown with the code `upload_unknown`."""
        found = self._read(upload_id) if _ID.fullmatch(upload_id) else None
        if found is None:
            raise NotKnown(
                "upload_unknown", "No such song is on its way: it came, or was given up.", advice="Send it again."
            )
        return found

    def _read(self, upload_id: str) -> Upload | None:
        try:
            note = json.loads(self._note(upload_id).read_bytes())
            # A note that somebody wrote by hand leads to no other folder.
            name, came = file_name(note["name"]), self._part(upload_id).stat().st_size
            return Upload(upload_id, name, int(note["length"]), came, str(note.get("by", "")))
        except (OSError, ValueError, KeyError, TypeError, Invalid):
            return None

    def waiting(self) -> list[Upload]:
        """Every song on its way, by name."""
        try:
            ids = [path.stem for path in self._waiting.glob("*.json")]
        except OSError:
            return []
        found = [one for upload_id in ids if _ID.fullmatch(upload_id) and (one := self._read(upload_id))]
        return sorted(found, key=lambda one: (one.name, one.id))

    def newest(self, most: int) -> list[Path]:
        """The songs that came last."""
        try:
            found = [(entry.stat().st_mtime, entry.path) for entry in os.scandir(self.folder) if entry.is_file()]
        except OSError:
            return []
        return [Path(path) for _, path in sorted(found, reverse=True)[:most]]

    def remove(self, name: str) -> None:
        """A song that came is not wanted after all. Raises: NotKnown with the code `song_unknown`; Unavailable."""
        path = self.folder / name
        if Path(name).name != name or not path.is_file():
            raise NotKnown("song_unknown", "No such song came here.", advice="Load the page again.")
        with _kept_well():
            path.unlink()
            sync_folder(self.folder)

    @contextlib.contextmanager
    def held(self, upload_id: str) -> Iterator[None]:
        """Nobody else writes to a song meanwhile. Raises: Refused with the code `upload_busy`."""
        if upload_id in self._held:
            raise Refused("upload_busy", "Another piece of this song is on its way.", advice="Ask how much there is.")
        self._held.add(upload_id)
        try:
            yield
        finally:
            self._held.discard(upload_id)

    def write(self, upload: Upload, block: bytes) -> Upload:
        """The next piece came; what would be too much is the sender's fault.

        Raises: Refused with the code `upload_too_long`; Unavailable with the code `uploads_no_room` or
        `uploads_failed`: what came before stays.
        """
        if upload.offset + len(block) > upload.length:
            raise Refused(
                "upload_too_long", "More came than the file was said to have.", advice="Drop it and send it again."
            )
        with _kept_well(), self._part(upload.id).open("r+b", buffering=0) as file:
            file.seek(upload.offset)
            view = memoryview(block)
            while view:
                view = view[file.write(view) :]
        return replace(upload, offset=upload.offset + len(block))

    def finish(self, upload: Upload) -> str:
        """All of it came: moves it among the music, durably. The name it has there.

        Raises: Unavailable with the code `uploads_failed`.
        """
        part = self._part(upload.id)
        with _kept_well():
            self.folder.mkdir(parents=True, exist_ok=True)
            make_durable(part)
            # Sent twice: by somebody who did not see that it came, or with a folder that was sent before.
            name = found_again(part, self.folder, upload.name) or place(part, self.folder, upload.name)
            sync_folder(self.folder)
            part.unlink(missing_ok=True)
            self._note(upload.id).unlink(missing_ok=True)
        return name

    def drop(self, upload: Upload) -> None:
        """A song is not wanted after all."""
        with _kept_well():
            self._part(upload.id).unlink(missing_ok=True)
            self._note(upload.id).unlink(missing_ok=True)

    def _tidied(self) -> list[Upload]:
        """Those on their way, without those that nobody went on with."""
        oldest = time.time() - _GIVEN_UP_AFTER_S
        kept = []
        for one in self.waiting():
            changed = self._part(one.id).stat().st_mtime
            # A file from the future has a clock that was wrong, not patience.
            if changed < oldest:
                self.drop(one)
            else:
                kept.append(one)
        return kept

    def _part(self, upload_id: str) -> Path:
        return self._waiting / f"{upload_id}.part"

    def _note(self, upload_id: str) -> Path:
        return self._waiting / f"{upload_id}.json"


@contextlib.contextmanager
def _kept_well() -> Iterator[None]:
    """Tells in words what the disk can't do."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise Unavailable(
                "uploads_no_room", "The disk is full. What came so far is kept.", advice="Make room, then go on."
            ) from error
        raise Unavailable(
            "uploads_failed",
            f"The song can't be kept ({error.strerror or error}).",
            advice="Look at the status page, then send it again.",
        ) from error
