"""What the server and a command on the same machine tell each other of the library, by two small files.

The server writes how far it is; a command asks for a look by a file that the server takes away when it has looked.
Whoever may write in the box's folder may ask; nothing is open to a network.
"""

from pathlib import Path

import msgspec

from appliance.domain.scanning import Scan

_SCAN, _ASKED = "library.json", "library.look"


class Slate:
    """The two files, in the folder of files that only matter while the box runs."""

    def __init__(self, folder: Path) -> None:
        self._scan = folder / _SCAN
        self._asked = folder / _ASKED

    def tell(self, scan: Scan) -> None:
        """The server says how far it is. Raises: OSError."""
        draft = self._scan.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode(scan))
        # Lost with the power it is written anew, so nothing waits for the disk.
        draft.replace(self._scan)

    def told(self) -> Scan | None:
        """What the server last said; None when it said nothing that can be read."""
        try:
            return msgspec.json.decode(self._scan.read_bytes(), type=Scan)
        except (OSError, msgspec.DecodeError):
            return None

    def ask(self) -> None:
        """A command wants everything looked through. Raises: OSError."""
        self._asked.touch()

    def is_asked(self) -> bool:
        """Whether somebody wants a look, and waits for it."""
        return self._asked.exists()

    def done(self) -> None:
        """The server has looked. Raises: OSError."""
        self._asked.unlink(missing_ok=True)
