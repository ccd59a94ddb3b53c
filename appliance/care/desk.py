"""The care desk of a running box: what the care page can have done, one thing of a kind at a time.

What takes long or much memory runs in a process of its own at low priority, so that no phone waits for it.
"""

import asyncio
import contextlib
import os
import secrets
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from appliance import config_text
from appliance.care import pending, renaming, reset, restore
from appliance.care.reset import Keep
from appliance.care.restore import Become
from appliance.config import Settings
from appliance.errors import BoxError, Refused, Unavailable
from appliance.store.backup import Manifest
from appliance.supervision.control import Control
from appliance.supervision.programs import CHECKOUT, socket_path

#: the part that this code runs in
SERVER = "server"
#: until an answer has left, before what it announces happens
ANSWER_FIRST_S = 1.5
_MADE_WITHIN_S = 180


class Desk:
    """Everything behind the care page but the notices."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._control = Control(socket_path(settings))
        self._making = asyncio.Lock()
        self._receiving = asyncio.Lock()

    @property
    def box_name(self) -> str:
        """What staff type to confirm."""
        return self._settings.box.name

    @property
    def next_name(self) -> str:
        """The name that the box has after its next start."""
        return renaming.waiting_name(self._settings)

    async def rename(self, name: str) -> None:
        """See `renaming.rename`."""
        await asyncio.to_thread(renaming.rename, self._settings, name)

    async def parts(self) -> list[str]:
        """The parts that can be restarted; none where nobody watches them."""
        try:
            return await asyncio.to_thread(self._control.parts)
        except Refused:
            return []

    async def check(self, part: str) -> None:
        """Sees that there is such a part. Raises: NotKnown with the code `part_unknown`; Refused."""
        await asyncio.to_thread(self._control.check, part)

    async def restart(self, part: str) -> None:
        """Restarts a part and returns when it is back; with the server's own, see `restart_server_soon`.

        Raises: NotKnown; Refused; Unavailable.
        """
        await asyncio.to_thread(self._control.restart, part)

    async def restart_server_soon(self) -> None:
        """Ends this very process once the answer has left; supervisord starts it anew."""
        await asyncio.sleep(ANSWER_FIRST_S)
        await asyncio.to_thread(self._control.end, SERVER)

    async def start_over_soon(self) -> None:
        """Ends the whole box once the answer has left; `./box run` starts it anew when something is pending."""
        await asyncio.sleep(ANSWER_FIRST_S)
        await asyncio.to_thread(self._control.shut_down)

    async def bundle(self) -> BinaryIO:
        """The support bundle, as a file that has no name any more. Raises: Refused; Unavailable."""
        return (await self._made("bundle"))[0]

    async def backup(self) -> BinaryIO:
        """A backup to carry away, as a file that has no name any more. Raises: Refused; Unavailable."""
        return (await self._made("pack"))[0]

    async def evening(self, *, as_table: bool) -> tuple[BinaryIO, str]:
        """Tonight as SQLite, or its set list as CSV: a file that has no name any more, and the name that fits it.

        Raises: Refused; Unavailable.
        """
        return await self._made("evening", ending=".csv" if as_table else ".sqlite")

    async def _made(self, command: str, *, ending: str = ".zip") -> tuple[BinaryIO, str]:
        if self._making.locked():
            raise Refused("care_busy", "The box makes such a file already.", advice="Wait a minute, then try again.")
        async with self._making:
            return await self._run(command, ending)

    async def _run(self, command: str, ending: str) -> tuple[BinaryIO, str]:
        """The file that a command makes, and the last line that it says."""
        path = self._settings.run_folder / f"{command}-{secrets.token_hex(4)}{ending}"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "appliance", command, str(path)),
            cwd=CHECKOUT,
            env={**os.environ, **config_text.environment_of(self._settings)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(_MADE_WITHIN_S):
                told, said = await process.communicate()
            if process.returncode == 0:
                return path.open("rb"), told.decode("utf-8", "replace").strip().rpartition("\n")[2]
        except TimeoutError:
            said = b"box: it took too long."
        finally:
            if process.returncode is None:
                process.kill()
            # Nothing is left behind when whoever asked walks away; the open file stays readable.
            path.unlink(missing_ok=True)
        words = said.decode("utf-8", "replace").strip().rpartition("\n")[2].removeprefix("box: ")
        raise Unavailable("care_failed", f"The file could not be made. {words}")

    @contextlib.asynccontextmanager
    async def place_for_upload(self) -> AsyncIterator[tuple[Path, int]]:
        """Where an upload may be written and how large it may be; gone afterwards.

        Raises: Refused with the code `care_busy`; Unavailable with the code `restore_failed`.
        """
        if self._receiving.locked():
            raise Refused("care_busy", "Somebody brings a backup already.", advice="Wait a minute, then try again.")
        async with self._receiving:
            path = self._settings.run_folder / "upload.zip"
            try:
                # Both the zip and what is in it have to fit.
                room = await asyncio.to_thread(restore.room, self._settings) // 2
                path.unlink(missing_ok=True)
            except OSError as error:
                raise Unavailable("restore_failed", f"The backup can't be taken: {error}.") from error
            try:
                yield path, room
            finally:
                path.unlink(missing_ok=True)

    async def bring(self, path: Path) -> Manifest:
        """See `restore.bring`."""
        return await asyncio.to_thread(restore.bring, self._settings, path)

    async def brought(self) -> Manifest | None:
        """The backup that waits for a yes."""
        return None if self.is_pending() else await asyncio.to_thread(restore.brought, self._settings)

    async def drop(self) -> None:
        """Forgets the backup that waits for a yes. Raises: Unavailable."""
        try:
            await asyncio.to_thread(restore.drop, self._settings)
        except OSError as error:
            raise Unavailable("restore_failed", f"The backup can't be removed: {error}.") from error

    async def stage_restore(self, become: Become) -> None:
        """See `restore.stage`."""
        await asyncio.to_thread(restore.stage, self._settings, become=become)

    async def stage_reset(self, keep: Keep, *, typed: str) -> None:
        """See `reset.stage`. Raises also: Refused with the code `reset_unconfirmed`."""
        if typed.strip() != self.box_name:
            raise _unconfirmed()
        await asyncio.to_thread(reset.stage, self._settings, keep=keep)

    def is_pending(self) -> bool:
        """Whether something is to be done at the next start."""
        return pending.is_wanted(self._settings.data)


def _unconfirmed() -> BoxError:
    return Refused(
        "reset_unconfirmed", "That is not the box's name, so nothing was changed.", advice="Type it as it stands there."
    )
