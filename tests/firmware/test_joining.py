"""The whole way of a phone that joins: DHCP, DNS, its probe, the real box's welcome page, one tap, online."""

from pathlib import Path

from appliance.domain.portal import Mode
from tests.firmware.guests_network import BOX, WEB_PORT, guests_network

_PROBE = "http://captive.apple.com/hotspot-detect.html"


def test_a_phone_that_joins_is_led_to_the_welcome_page_and_is_online_after_one_tap(tmp_path: Path) -> None:
    with guests_network(tmp_path, mode=Mode.PARTY, real=True) as network:
        here = "http://pika.internal"

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


def test_from_an_address_that_looks_public_phones_are_led_to_the_name_and_nothing_is_served(
    tmp_path: Path,
) -> None:
    """Some Android phones take a private address for "no internet"; a page there could fetch nothing from the box."""
    capture = "198.51.100.1"
    with guests_network(tmp_path, mode=Mode.PARTY, real=True, capture=capture) as network:
        strange, own = network.phone.ask(("connectivitycheck.gstatic.com", "A"), ("pika.internal", "A"))
        assert (strange["answers"], own["answers"]) == ([capture], [BOX])
        caught = network.phone.visit("http://connectivitycheck.gstatic.com/generate_204")
        assert (caught["status"], caught["to"]) == (302, "http://pika.internal/welcome")

        # Typed as it is, and any other address in the internet: the way to the name, never a page.
        for address in (capture, "93.184.216.34"):
            for path in ("/", "/welcome", "/staff", "/s/main-floor", "/api/v1/stages/main-floor/now", "/health"):
                found = network.phone.visit(f"http://{address}{path}")
                assert (found["status"], found["to"].startswith("http://pika.internal/")) == (302, True), (
                    address,
                    path,
                )
        assert network.phone.visit(f"http://{capture}/welcome", method="POST")["status"] == 421

        for kind, port in (("tcp", 443), ("tcp", 853), ("udp", 443), ("tcp", WEB_PORT)):
            (found,) = network.phone.reach((kind, capture, port))
            assert found["said"] == "refused", (kind, port)
            assert found["ms"] < 50

        assert network.phone.visit("http://pika.internal/welcome", method="POST")["status"] == 303
        assert network.phone.visit("http://connectivitycheck.gstatic.com/generate_204")["status"] == 204
        assert network.phone.visit(f"http://{capture}/")["to"] == "http://pika.internal/"
