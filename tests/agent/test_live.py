"""What is on now: told beside the journal, never behind it, and only when it has changed."""

import time
from pathlib import Path

from tests.agent.box import Box, carrying, eventually, make_box
from tests.agent.cloud import Reply, TestCloud
from tests.care.conftest import liked_play
from tests.support.real_box import running_box


def test_the_cloud_sees_what_is_on_with_its_counts(tmp_path: Path, cloud: TestCloud, roots: Path) -> None:
    environment = {"PIKA_BOX_BOX_NAME": "Live Box"}
    with running_box(tmp_path / "data", options=("--broker", "off"), env=environment) as real:
        played, _, _ = liked_play(real, title="So What")
        box = make_box(real.data, url=cloud.url, roots=roots)
        cloud.source = box.box_id
        object.__setattr__(box.settings.http, "port", real.port)
        with carrying(box):
            eventually(lambda: any(stage["play"] == played for told in cloud.live[-1:] for stage in told["stages"]))
            [stage] = [stage for stage in cloud.live[-1]["stages"] if stage["play"] == played]
            assert (stage["title"], stage["likes"], stage["listeners"]) == ("So What", 1, 0)
            assert cloud.live[-1]["box"]["version"]
            assert cloud.live[-1]["box"]["disk_free"] > 0
            eventually(lambda: cloud.live[-1]["box"]["backlog"] == 0)


def test_it_is_not_behind_a_batch_that_does_not_get_through(box: Box, cloud: TestCloud) -> None:
    def stalled(method: str, path: str, body: bytes) -> Reply | None:
        if path == "/v1/ingest":
            time.sleep(0.8)
        return None

    cloud.before = stalled
    box.like(1, 50_000)
    with carrying(box):
        eventually(lambda: ("POST", "/v1/ingest") in cloud.asked)
        told = len(cloud.live)
        began = time.monotonic()
        eventually(lambda: len(cloud.live) > told)
        assert time.monotonic() - began < 0.7
        assert cloud.live[-1]["box"]["backlog"] > 40_000
        cloud.before = lambda *_: None


def test_nothing_new_is_not_told_again_before_its_time(box: Box, cloud: TestCloud) -> None:
    with carrying(box):
        eventually(lambda: len(cloud.live) >= 1)
        began, told = time.monotonic(), len(cloud.live)
        time.sleep(1.0)
        # Once every 0.3 s here, though it is looked every 0.05 s.
        assert len(cloud.live) - told <= (time.monotonic() - began) / 0.3 + 1
