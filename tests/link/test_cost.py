"""What the link costs a laptop that has a whole evening to play, and how soon dancers see what its programs say."""

import random
import statistics
from pathlib import Path

from tests.bench.link_figures import latency_s, watched
from tests.link.evening import evening
from tests.link.programs import Laptop
from tests.support.ports import free_port


def test_a_play_is_on_phones_within_a_second_and_a_half_whoever_tells_it(tmp_path: Path) -> None:
    with evening(tmp_path / "laptop") as found, watched(tmp_path, found.laptop) as link:
        took = {
            source: latency_s(link, found.program(source), plays=3, chance=random.Random(1))
            for source in ("virtualdj", "virtualdj-control", "mpris")
        }
        print({source: [round(one, 2) for one in seconds] for source, seconds in took.items()}, link.memory_mb())
        assert {source: statistics.median(seconds) < 1.5 for source, seconds in took.items()} == dict.fromkeys(
            took, True
        )
        assert link.memory_mb() < 60


def test_with_all_sources_on_it_takes_less_than_a_hundredth_of_a_core(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "laptop")
    ports = f"icecast_port = {free_port()}\npika_port = {free_port()}\nnow_port = {free_port()}\n"
    laptop.settings(f"[sources]\n{ports}")
    with watched(tmp_path, laptop) as link:
        # What comes with the start is over soon.
        link.cpu_share(2)
        idle = link.cpu_share(5)
        laptop.play("Nina Simone", "Sinnerman")
        link.phone.wait_for("Sinnerman", within_s=6)
        playing = link.cpu_share(3)
        print(f"{idle:.2f} % and {playing:.2f} %, {link.memory_mb():.1f} MB")
        assert (idle < 1, playing < 1) == (True, True)
        assert link.memory_mb() < 60
