"""A box that moves to another card or forgets everything: whom a paired laptop goes on with, and whom it does not."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.care.conftest import menu
from tests.link.programs import Laptop, until
from tests.support.ports import free_port
from tests.support.real_box import ROOT, RealBox, running_box
from tests.tls.client import eventually, is_open


@contextmanager
def box_in(data: Path, *, port: int) -> Iterator[RealBox]:
    """A box that takes links at this port, and does."""
    env = {"PIKA_BOX_LINKS_ENABLED": "yes", "PIKA_BOX_LINKS_PORT": str(port)}
    with running_box(data, env=env) as box:
        eventually(is_open(port))
        yield box


def code_of(box: RealBox) -> str:
    # Its option stands before what is to be done.
    done = subprocess.run(
        [sys.executable, "-m", "appliance", "dj", "--data", str(box.data), "pair", "DJ Anna"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found = re.search(r"\b\d-\d{4}-\d{4}\b", done.stdout)
    assert found, done.stdout
    return found[0]


def titles(box: RealBox) -> list[str]:
    plays = box.visitor().get("/api/v1/stages/main-floor/history").json["plays"]
    return [play["title"] for play in reversed(plays)]


def test_a_laptop_goes_on_after_a_restore_and_never_in_silence_after_a_factory_reset(tmp_path: Path) -> None:
    laptop, port, packed = Laptop(tmp_path / "laptop"), free_port(), tmp_path / "old.zip"
    with box_in(tmp_path / "old", port=port) as box:
        assert "from now on" in laptop.ask("pair", code_of(box), "--at", f"127.0.0.1:{port}")
        done = menu("pack", str(packed), data=box.data)
        assert done.returncode == 0, done.stderr
        assert packed.stat().st_mode & 0o777 == 0o600

    # A box that lived already, with a key of its own, becomes the one that is gone.
    with box_in(tmp_path / "new", port=port) as box:
        own = (box.data / "tls" / "links.pem").read_bytes()
    assert menu("restore", str(packed), "--as-that-box", data=tmp_path / "new").returncode == 0
    with box_in(tmp_path / "new", port=port) as box, laptop.running():
        laptop.play("A", "After the move")
        until(lambda: titles(box) == ["After the move"], within_s=8, what="the play is at the box, without a code")
    assert next((tmp_path / "new").glob("before-restore-*/links.pem")).read_bytes() == own

    assert menu("reset", "--everything", "--confirm", "Pika Box", data=tmp_path / "new").returncode == 0
    with box_in(tmp_path / "new", port=port) as box:
        with laptop.running() as link:
            laptop.play("A", "After the reset")
            assert link.stdout is not None
            said = next(line for line in link.stdout if "another key" in line or "a new key" in line)
            assert "pair again with a new code" in said
            assert "new key" in laptop.ask("status")
            assert titles(box) == []
        assert "from now on" in laptop.ask("pair", code_of(box), "--at", f"127.0.0.1:{port}")
        with laptop.running():
            laptop.play("A", "Paired again")
            until(lambda: titles(box)[-1:] == ["Paired again"], within_s=8, what="the new play is at the box")
