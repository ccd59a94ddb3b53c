"""One real box for tests that leave it whole, and the programs of the menu."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.real_box import ROOT, RealBox, running_box
from tests.support.visitors import Visitor


@pytest.fixture(scope="package")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBox]:
    """A box that lives through all of these."""
    with running_box(tmp_path_factory.mktemp("care")) as box:
        yield box


def by_browser(box: RealBox) -> Visitor:
    """Staff with a browser: the pass is in a cookie."""
    browser = box.visitor()
    browser.cookies["pika_staff"] = box.staff().token or ""
    return browser


def menu(*words: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`./box <words> --data <data>`."""
    command = [sys.executable, "-m", "appliance", *words, "--data", str(data)]
    path = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60, env=path | environment
    )


def liked_play(box: RealBox, *, title: str = "So What") -> tuple[str, Visitor, Visitor]:
    """A play, with a phone that likes it; and the DJ, whose set goes on."""
    dj = box.dj(f"DJ {title}")
    stage = box.staff().post("/api/v1/stages", json_body={"name": f"Stage {title}"}).json["id"]
    session = dj.post(f"/api/v1/stages/{stage}/sessions").json["session"]["id"]
    sent = dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": title, "artist": "Miles Davis"})
    play: str = sent.json["play"]["play"]
    phone = box.visitor()
    phone.post("/api/v1/guests")
    assert phone.watch(stage).ask("PUT", f"/api/v1/plays/{play}/like").status == 200
    return play, phone, dj
