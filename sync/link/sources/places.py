"""Whether something is there. Never raises, not even where a folder may not be looked into, as `Path` does."""

import os.path
from pathlib import Path


def is_file(path: Path) -> bool:
    """Whether there is a file."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Whether there is a folder."""
    return os.path.isdir(path)  # noqa: PTH112
