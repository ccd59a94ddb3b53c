"""Posters as paper: every sheet is drawn, photographed and read with tools that share no code with us."""

import io
import itertools
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from appliance import qr
from appliance.domain.wifi import Wifi
from appliance.errors import Invalid
from appliance.posters import letters
from appliance.posters.content import Paper, Sheet, wording
from appliance.posters.drawing import draw
from appliance.web.words import LANGUAGES, Words
from tests.support.codes import photographed, read_codes, size_of, written_on

_ADDRESS, _NUMBER = "http://pika.internal/s/main-floor", "http://10.42.0.1/s/main-floor"
_HOSTILE = Wifi('Ő;D,a:"n\\c<b>e', '12;:\\"34,&amp')
_TEXT = Words().text


def sheet(name: str = "Main Floor", *, languages: tuple[str, ...] = ("en",), **fields: object) -> Sheet:
    words = tuple(wording(partial(_TEXT, code)) for code in languages)
    plain = Sheet(name, "main-floor", _ADDRESS, _NUMBER, Wifi("Hall", "dance all night"), None, words)
    return replace(plain, **fields)  # type: ignore[arg-type]


def logo(kind: str = "PNG", size: tuple[int, int] = (300, 100)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 0, 90)).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("wifi", [_HOSTILE, Wifi("w" * 32, "p" * 63), Wifi("open")], ids=["hostile", "longest", "open"])
def test_both_codes_are_read_back_from_the_printed_sheet(paper: Paper, wifi: Wifi, tmp_path: Path) -> None:
    for languages in (("de",), LANGUAGES):
        picture = photographed(draw(sheet(paper=paper, wifi=wifi, languages=languages, logo=logo())), tmp_path)
        assert set(read_codes(picture)) == {_ADDRESS, qr.wifi_text(wifi.ssid, wifi.passphrase)}


def test_a_hidden_network_is_joined_too(tmp_path: Path) -> None:
    picture = photographed(draw(sheet(wifi=Wifi("Hall", "dance all night", hidden=True))), tmp_path)
    assert "WIFI:T:WPA;S:Hall;P:dance all night;H:true;;" in read_codes(picture)


def test_without_a_wi_fi_there_is_one_code_and_the_address_in_words_and_digits(tmp_path: Path) -> None:
    drawn = draw(sheet(wifi=None))
    assert read_codes(photographed(drawn, tmp_path)) == [_ADDRESS]
    said = written_on(drawn, tmp_path)
    assert _ADDRESS in said
    assert _NUMBER in said
    assert "Password" not in said


def squeezed(text: str) -> str:
    """Without spaces, and without the marks by which a reader says that a text runs from right to left."""
    return re.sub(r"[\s\u202a-\u202e]+", "", text)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_word_of_every_language_stands_on_the_sheet(code: str, tmp_path: Path) -> None:
    said = squeezed(written_on(draw(sheet(languages=(code,))), tmp_path))
    for wanted in ("claim", "join", "scan", "network", "password", "foot"):
        assert squeezed(_TEXT(code, f"poster.{wanted}")) in said, wanted
    # Help stands in two columns, so only its single words are found.
    for key in ("iphone_1", "iphone_2", "android_1", "android_2"):
        assert [word for word in _TEXT(code, f"poster.{key}").split() if squeezed(word) not in said] == [], key


def test_all_languages_fit_on_one_sheet_with_the_longest_names(tmp_path: Path) -> None:
    full = sheet("Wielka Sala Żółwi " * 5 + "Łąki", languages=LANGUAGES, wifi=Wifi("W" * 32, "M" * 63), logo=logo())
    for paper, address in itertools.product(Paper, (_ADDRESS, "http://192.168.100.100:8080/s/" + "w" * 48)):
        assert len(read_codes(photographed(draw(replace(full, paper=paper, address=address)), tmp_path))) == 2


def test_the_paper_is_as_wanted(tmp_path: Path) -> None:
    assert "(A4)" in size_of(draw(sheet()), tmp_path)
    assert size_of(draw(sheet(paper=Paper.A5)), tmp_path).startswith("419.528 x 595.276")


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Łódź Tánchőz Große Bühne", "Łódź Tánchőz Große Bühne"),
        ("Танцпол Ωmega ♥", "Танцпол Ωmega ♥"),
        ("舞台 한국 ひらがな 2", "舞台 한국 ひらがな 2"),
        ("שלום עולם", "שלום עולם"),
        ("<b>&amp;</b> (x) \\n", "<b>&amp;</b> (x) \\n"),
    ],
)
def test_names_of_all_scripts_stand_as_they_are(name: str, printed: str, tmp_path: Path) -> None:
    drawn = draw(sheet(name))
    assert squeezed(written_on(drawn, tmp_path)).startswith(squeezed(printed + _TEXT("en", "poster.claim")))
    assert len(read_codes(photographed(drawn, tmp_path))) == 2


def test_pictures_are_drawn_and_what_only_tints_or_joins_them_is_not() -> None:
    letters.register()
    assert letters.without_missing("Salsa 🎧💃🏽 2", letters.BOLD) == "Salsa 🎧💃 2"
    assert letters.runs("a🎧舞", letters.BOLD) == [(letters.BOLD, "a"), ("Symbola", "🎧"), ("WenQuanYiMicroHei", "舞")]
    assert b"Symbola" in draw(sheet("🎧"))
    assert b"Symbola" not in draw(sheet("Salsa"))


@pytest.mark.parametrize(
    ("name", "printed", "is_whole"),
    [
        ("Salsa 🎧💃🏽 2", "Salsa (headphone) (dancer) 2", True),
        ("🎧", "(headphone)", True),
        ("舞台", "main-floor", False),
        ("Saal 舞台", "Saal", False),
    ],
)
def test_a_system_without_those_fonts_spells_pictures_out_and_says_what_it_lacks(
    name: str, printed: str, is_whole: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "OTHERS", {})
    drawn = draw(sheet(name))
    lacking = "" if is_whole else _TEXT("en", "poster.lacking")
    assert squeezed(written_on(drawn, tmp_path)).startswith(squeezed(printed + lacking + _TEXT("en", "poster.claim")))
    assert len(read_codes(photographed(drawn, tmp_path))) == 2


def test_a_script_that_no_font_has_is_not_left_out_in_silence(tmp_path: Path) -> None:
    said = squeezed(written_on(draw(sheet("ห้องเต้น Main", languages=("de",))), tmp_path))
    assert said.startswith(squeezed("Main" + _TEXT("de", "poster.lacking")))


@pytest.mark.parametrize(
    ("name", "stands"),
    [
        ("Main Floor", "Main Floor"),
        ("רחבה 12 (ראשית)", "(תישאר) 12 הבחר"),
        ("DJ שרה", "DJ הרש"),
        ("שָׁלוֹם", "םולש"),
        # Joined: an initial form at the right, a final one at the left; lam and alef are one.
        ("بيت", "\ufe96\ufef4\ufe91"),
        ("سلام", "\ufee1\ufefc\ufeb3"),
    ],
)
def test_letters_stand_where_each_script_puts_them(name: str, stands: str) -> None:
    assert letters.in_place(letters.as_written(name)) == stands


def test_a_long_name_from_right_to_left_breaks_as_it_is_read(tmp_path: Path) -> None:
    name = "רחבת הריקודים הגדולה של בית העם הישן ליד הנהר"
    read = squeezed(written_on(draw(sheet(name)), tmp_path))
    assert read.startswith(squeezed(name + _TEXT("en", "poster.claim")))


def test_a_wi_fi_with_letters_that_no_font_has_is_joined_by_its_code_and_shown_with_boxes(tmp_path: Path) -> None:
    drawn = draw(sheet(wifi=Wifi("咖啡 ห bar", "dance all night")))
    assert "咖啡 □ bar" in written_on(drawn, tmp_path)
    assert "WIFI:T:WPA;S:咖啡 ห bar;P:dance all night;;" in read_codes(photographed(drawn, tmp_path))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_events_picture_stands_on_the_sheet(kind: str, tmp_path: Path) -> None:
    with Image.open(photographed(draw(sheet(logo=logo(kind))), tmp_path)) as picture:
        red, green, blue = picture.convert("RGB").getpixel((picture.width // 2, picture.height * 20 // 297))  # type: ignore[misc]
    assert (red > 180, green < 30, blue > 70) == (True, True, True)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg></svg>", logo()[:60], b"\x00" * 5000])
def test_a_picture_that_is_none_is_left_out(data: bytes) -> None:
    assert draw(sheet(logo=data)) == draw(sheet())


def test_the_narrowest_and_the_widest_picture_stay_on_the_sheet(tmp_path: Path) -> None:
    for size in ((2000, 1), (1, 2000)):
        assert len(read_codes(photographed(draw(sheet(logo=logo(size=size))), tmp_path))) == 2


def test_the_same_sheet_is_the_same_file_and_knows_no_date() -> None:
    assert draw(sheet()) == draw(sheet())
    assert b"20" + b"26" not in draw(sheet())


@pytest.mark.parametrize(
    ("wifi", "code"), [(Wifi("x" * 33), "ssid_length"), (Wifi("Hall", "short"), "passphrase_invalid")]
)
def test_a_wi_fi_that_cannot_be_is_refused(wifi: Wifi, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        draw(sheet(wifi=wifi))
    assert caught.value.code == code


def test_a_password_is_in_no_text_that_could_be_logged() -> None:
    assert "dance all night" not in repr(sheet())
