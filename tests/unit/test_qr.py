"""QR codes are read back with a reader that shares no code with us (zbar; librsvg draws the SVG)."""

import io
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import png as pypng
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import network, qr
from appliance.commands import qr as command
from appliance.errors import Invalid
from appliance.network import Address
from tests.support.codes import read_one, tool

_URL = "http://192.168.4.1:8080/s/main-floor"
_HOSTILE = ("<script>alert('ü')</script>\"&;\\ 🎧💃🏽\u202e" * 20)[:500]
_TEXTS = pytest.mark.parametrize(
    "text",
    [_URL, "http://[fd12::1]/s/x", _HOSTILE, "😀" * 500, "0", 'WIFI:T:WPA;S:Caf\\;\\"é;P:p\\\\a\\:ss,word;;'],
    ids=["address", "ipv6", "hostile", "emoji", "shortest", "wifi"],
)


def _drawn(svg: bytes, *, pixels: int) -> bytes:
    drawer = tool("rsvg-convert", package="librsvg2-bin")
    return subprocess.run([drawer, "--width", str(pixels)], input=svg, capture_output=True, check=True).stdout


def _photographed(lines: str, *, scale: int = 4) -> bytes:
    """What a terminal shows of half blocks, as a picture; a character cell is one module wide and two high."""
    rows: list[list[int]] = []
    for line in lines.splitlines():
        found = re.fullmatch(r"\x1b\[38;5;16;48;5;231m([ ▀▄█]+)\x1b\[0m", line)
        assert found, f"a line with other colours or characters: {line!r}"
        for black in ("▀█", "▄█"):
            row = [0 if block in black else 1 for block in found[1] for _ in range(scale)]
            rows += [row] * scale
    out = io.BytesIO()
    pypng.Writer(width=len(rows[0]), height=len(rows), greyscale=True, bitdepth=1).write(out, rows)
    return out.getvalue()


@_TEXTS
def test_a_png_is_read_back_as_it_was_written(text: str, tmp_path: Path) -> None:
    assert read_one(qr.png(text, scale=4), tmp_path) == text


@_TEXTS
def test_an_svg_is_read_back_as_it_was_written(text: str, tmp_path: Path) -> None:
    assert read_one(_drawn(qr.svg(text), pixels=len(qr.modules(text)) * 4), tmp_path) == text


@_TEXTS
def test_a_code_in_the_terminal_is_read_back_as_it_was_written(text: str, tmp_path: Path) -> None:
    assert read_one(_photographed(qr.terminal(text)), tmp_path) == text


def test_a_code_has_a_quiet_zone_of_four_modules() -> None:
    rows = qr.modules(_URL)
    edge = [*rows[:4], *rows[-4:], *([*row[:4], *row[-4:]] for row in rows)]
    assert not any(module for part in edge for module in part)
    assert rows[4][4]


def test_an_svg_scales_and_holds_nothing_but_two_shapes() -> None:
    root = ElementTree.fromstring(qr.svg(_HOSTILE))  # noqa: S314 - our own text
    size = len(qr.modules(_HOSTILE))
    assert root.attrib == {"viewBox": f"0 0 {size} {size}", "shape-rendering": "crispEdges"}
    assert [element.tag for element in root] == ["{http://www.w3.org/2000/svg}path"] * 2
    assert [element.attrib["fill"] for element in root] == ["#fff", "#000"]
    assert {name for element in root for name in element.attrib} == {"fill", "d"}


def test_a_png_has_the_size_that_was_asked_for() -> None:
    width, height, _, info = pypng.Reader(bytes=qr.png(_URL, scale=3)).read()
    assert width == height == len(qr.modules(_URL)) * 3
    assert info["greyscale"]


@pytest.mark.parametrize(("text", "code"), [("", "qr_empty"), ("é" * 1166, "qr_too_long")])
def test_what_no_code_can_hold_is_refused(text: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        qr.svg(text)
    assert caught.value.code == code


def test_the_longest_text_still_fits() -> None:
    assert len(qr.modules("é" * 1165 + "x")) == 177 + 2 * qr.QUIET_ZONE


@pytest.mark.parametrize(
    ("ssid", "passphrase", "expected"),
    [
        ("Pika Box", "dance-floor", "WIFI:T:WPA;S:Pika Box;P:dance-floor;;"),
        ("Pika Box", None, "WIFI:T:nopass;S:Pika Box;;"),
        ("Pika Box", "", "WIFI:T:nopass;S:Pika Box;;"),
        ('a\\b;c,d:e"f', 'x\\;,:"yz12', 'WIFI:T:WPA;S:a\\\\b\\;c\\,d\\:e\\"f;P:x\\\\\\;\\,\\:\\"yz12;;'),
        ("Bühne", "a" * 64, f"WIFI:T:WPA;S:Bühne;P:{'a' * 64};;"),
    ],
)
def test_a_wifi_code_escapes_what_has_a_meaning(ssid: str, passphrase: str | None, expected: str) -> None:
    assert qr.wifi_text(ssid, passphrase) == expected


def test_a_hidden_wifi_is_marked() -> None:
    assert qr.wifi_text("Hall", "12345678", hidden=True) == "WIFI:T:WPA;S:Hall;P:12345678;H:true;;"
    assert qr.wifi_text("Hall", None, hidden=True) == "WIFI:T:nopass;S:Hall;H:true;;"


@given(
    ssid=st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=32),
    passphrase=st.text(alphabet='ab1\\;,:"', min_size=8, max_size=63),
)
def test_a_wifi_code_is_taken_apart_as_it_was_put_together(ssid: str, passphrase: str) -> None:
    body = qr.wifi_text(ssid, passphrase).removeprefix("WIFI:").removesuffix(";;")
    # As phones do it: fields end at a semicolon without a backslash before it.
    fields = [re.sub(r"\\(.)", r"\1", field) for field in re.findall(r"(?:\\.|[^;\\])+", body)]
    assert fields == ["T:WPA", f"S:{ssid}", f"P:{passphrase}"]


@pytest.mark.parametrize(
    ("ssid", "passphrase", "code"),
    [
        ("", None, "ssid_length"),
        ("é" * 17, None, "ssid_length"),
        ("Hall", "short", "passphrase_invalid"),
        ("Hall", "x" * 64, "passphrase_invalid"),
        ("Hall", "päßwörter", "passphrase_invalid"),
    ],
)
def test_a_wifi_that_cannot_exist_is_refused(ssid: str, passphrase: str | None, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        qr.wifi_text(ssid, passphrase)
    assert caught.value.code == code


@pytest.fixture(name="on_the_air")
def _on_the_air(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "reachable_addresses", lambda _host: [Address(ip="192.168.4.1", interface="ap0")])


@pytest.mark.usefixtures("on_the_air")
def test_the_command_shows_the_code_and_the_address_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["Main Floor", "--port", "80"]) == 0
    *code, words = capsys.readouterr().out.splitlines()
    assert words.endswith("  http://192.168.4.1/s/main-floor")
    assert read_one(_photographed("\n".join(code)), tmp_path) == "http://192.168.4.1/s/main-floor"


@pytest.mark.usefixtures("on_the_air")
@pytest.mark.parametrize("option", ["--svg", "--png"])
def test_the_command_writes_a_file(option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "poster"
    assert command.main([option, str(file)]) == 0
    picture = file.read_bytes() if option == "--png" else _drawn(file.read_bytes(), pixels=400)
    assert read_one(picture, tmp_path) == _URL
    assert capsys.readouterr().out == f"{file} holds the code for  {_URL}\n"


def test_the_command_takes_an_address_as_given(tmp_path: Path) -> None:
    file = tmp_path / "code.png"
    assert command.main(["--url", "http://pika.internal/", "--png", str(file)]) == 0
    assert read_one(file.read_bytes(), tmp_path) == "http://pika.internal/"


def test_the_command_refuses_in_words_when_phones_cannot_reach_the_box(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--host", "127.0.0.1"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Phones can't reach this box")


@pytest.mark.usefixtures("on_the_air")
def test_the_command_says_why_a_file_could_not_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--png", str(tmp_path / "no-folder" / "code.png")]) == 1
    assert "can't be written: No such file or directory." in capsys.readouterr().err


def test_a_terminal_without_blocks_still_gets_the_address() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="latin-1")
    command.show(_URL, out)
    out.flush()
    assert raw.getvalue().decode("ascii") == f"Dancers scan the code or type  {_URL}\n"
