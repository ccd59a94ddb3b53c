"""The whole way of a phone that joins: DHCP, DNS, its probe, the real box's welcome page, one tap, online."""

from pathlib import Path

from appliance.domain.portal import Mode
from tests.firmware.guests_network import BOX, WEB_PORT, guests_network

_PROBE = "http://captive.apple.com/hotspot-detect.html"


def test_a_phone_that_joins_is_led_to_the_welcome_page_and_is_online_after_one_tap(tmp_path: Path) -> None:
    with guests_network(tmp_path, mode=Mode.PARTY, real=True) as network:
        here = f"http://{BOX}:{WEB_PORT}"

        caught = network.phone.visit(_PROBE)
        assert (caught["status"], caught["to"]) == (302, f"{here}/welcome")
        page = network.phone.visit(caught["to"])
        assert page["status"] == 200
        assert "<form" in page["body"]
        assert network.phone.visit(f"{here}/welcome", method="POST")["status"] == 303
        online = network.phone.visit(_PROBE)
        assert (online["status"], "Success" in online["body"]) == (200, True)

        # Only that phone, known by its card; the next one sees the page.
        assert network.other.visit(_PROBE)["status"] == 302
        # The stage's page by every name of the box, on the web's own port.
        for name in ("pika", "pika.internal", "pika.local", BOX):
            assert network.other.visit(f"http://{name}/s/main-floor")["status"] == 200


def test_in_quiet_mode_the_real_box_is_there_for_those_who_come_by_the_code(tmp_path: Path) -> None:
    with guests_network(tmp_path, mode=Mode.QUIET, real=True) as network:
        assert network.phone.ask(("captive.apple.com", "A"))[0]["code"] == "NXDOMAIN"
        assert network.phone.visit("http://pika.internal/s/main-floor")["status"] == 200
