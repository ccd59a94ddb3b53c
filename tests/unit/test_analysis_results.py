"""What analyses say in words: keys as musicians and DJs write them, and a reason for everything that failed."""

import pytest

from appliance.domain.analysis import Analysis, Fault, FaultCode, Key


def _key(tonic: int, *, is_minor: bool) -> Key:
    return Key(tonic=tonic, is_minor=is_minor, confidence=1.0, tuning_cents=0)


#: the wheel, from one o'clock; majors are B
_MAJOR_WHEEL = ("B", "F#", "C#", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E")
_MINOR_WHEEL = ("G#m", "Ebm", "Bbm", "Fm", "Cm", "Gm", "Dm", "Am", "Em", "Bm", "F#m", "C#m")


def test_camelot_is_the_wheel_that_djs_know() -> None:
    majors = {_key(tonic, is_minor=False).camelot: _key(tonic, is_minor=False).name for tonic in range(12)}
    minors = {_key(tonic, is_minor=True).camelot: _key(tonic, is_minor=True).name for tonic in range(12)}
    assert majors == {f"{hour}B": name for hour, name in enumerate(_MAJOR_WHEEL, start=1)}
    assert minors == {f"{hour}A": name for hour, name in enumerate(_MINOR_WHEEL, start=1)}


@pytest.mark.parametrize("tonic", range(12))
def test_a_key_and_its_relative_share_an_hour(tonic: int) -> None:
    assert _key(tonic, is_minor=False).camelot[:-1] == _key((tonic + 9) % 12, is_minor=True).camelot[:-1]


@pytest.mark.parametrize("code", FaultCode)
def test_every_fault_has_words(code: FaultCode) -> None:
    fault = Fault(code)
    assert fault.detail.endswith(".")
    assert fault.advice == "" or fault.advice.endswith(".")


def test_a_file_that_may_come_back_is_tried_again_and_a_bad_one_is_not() -> None:
    assert Fault(FaultCode.MISSING).may_pass
    assert Fault(FaultCode.TOO_SLOW).may_pass
    assert not Fault(FaultCode.NOT_AUDIO).may_pass
    assert not Fault(FaultCode.PROTECTED).may_pass


def test_a_track_without_sound_has_no_length_of_sound() -> None:
    silent = Analysis(
        version=1, file_hash="", duration_ms=1000, sound_from_ms=None, sound_until_ms=None, tempo=None, key=None,
        loudness=None, character=None, swing=None, fingerprint=None, embedding=None,
    )  # fmt: skip
    assert silent.sounding_ms is None
