"""Laptops in a folder: what a DJ's machine looks like to the sources."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sync.link.sources.machine import Machine


def laptop(
    home: Path,
    *,
    platform: str = "linux",
    environment: Mapping[str, str] | None = None,
    drives: Sequence[Path] = (),
    registry: Mapping[tuple[str, str], str] | None = None,
) -> Machine:
    """A machine with this home folder and nothing else."""
    home.mkdir(parents=True, exist_ok=True)
    values = dict(registry or {})
    return Machine(
        platform=platform,
        home=home,
        environment=environment or {},
        drives=lambda: list(drives),
        registry=lambda key, name: values.get((key, name)),
    )
