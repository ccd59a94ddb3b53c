"""A maker of releases, and a box with the first one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.update.workshop import Bench, Maker, new_maker, serving


@pytest.fixture(scope="session")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """Whom the box trusts."""
    return new_maker(tmp_path_factory.mktemp("maker") / "maker")


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, maker: Maker) -> Path:
    """The root of a box with version 1.0, to be copied."""
    bench = Bench(root=tmp_path_factory.mktemp("installed") / "root", port=0, maker=maker)
    bench.install(maker.release("1.0"))
    return bench.root


@pytest.fixture
def well() -> dict[str, str]:
    """How each version is when it runs: ok, degraded, worse (a part broke), safe, or down."""
    return {"1.0": "ok", "1.1": "ok"}


@pytest.fixture
def bench(tmp_path: Path, maker: Maker, installed: Path, well: dict[str, str]) -> Iterator[Bench]:
    """A box that runs version 1.0."""
    root = tmp_path / "root"
    shutil.copytree(installed, root, symlinks=True)
    with serving(root, well) as port:
        yield Bench(root=root, port=port, maker=maker)
