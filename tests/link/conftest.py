"""What several tests of the link share because it takes long to get."""

from pathlib import Path

import pytest

from tests.link.one_file import wheels_in


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheels of everything that the link needs, for this machine and this Python."""
    return wheels_in(tmp_path_factory.mktemp("wheels"))
