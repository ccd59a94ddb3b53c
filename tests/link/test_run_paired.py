"""The link as a DJ starts it at a venue: paired by the staff's code, and carrying over the box's own key alone."""

from pathlib import Path

from tests.link.boxes import link_box
from tests.link.programs import Laptop, until


def test_a_code_from_the_staff_page_is_all_that_a_dj_types(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "laptop")
    laptop.ask("now", "A - Before the box")
    with link_box(tmp_path / "box") as box:
        at = f"{box.place.host}:{box.place.port}"

        def titles() -> list[str]:
            plays = box.served.visitor().get("/api/v1/stages/main-floor/history").json["plays"]
            return [play["title"] for play in reversed(plays)]

        with laptop.running():
            assert "Hall" in laptop.ask("pair", box.code(), "--at", at)
            until(lambda: titles() == ["Before the box"], within_s=8, what="the play from before is there")
            laptop.play("A", "With the box")
            until(lambda: titles() == ["Before the box", "With the box"], within_s=6, what="the new one is there")
            assert "Hall" in laptop.ask("status")
            assert "The box answers: Hall" in laptop.ask("doctor")
            assert "refused" not in laptop.status()["link"]["mood"]
        assert "is forgotten" in laptop.ask("forget")
        assert laptop.status(code=1)["box_id"] is None
