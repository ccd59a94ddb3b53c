"""The lights as a table: what a fact means for the evening, and what the passer-by is told first."""

from dataclasses import replace

import pytest

from appliance.domain.certificate import Certificate, CertificateState
from appliance.domain.facts import Cloud, Facts, Music, OnStage, Part, Phones, Unknown, Wifi
from appliance.domain.models import ClockTrust
from appliance.domain.portal import Mode
from appliance.domain.scanning import OFF, Place, Scan, ScanState
from appliance.domain.space import Space
from appliance.domain.status import Level, Light, Say, gigabytes, lights, verdict

MINUTE, HOUR = 60_000, 3_600_000
GB = 1_000_000_000
NAMES = [
    "wifi",
    "phones",
    "djs",
    "cloud",
    "clock",
    "disk",
    "store",
    "certificate",
    "mode",
    "broker",
    "discovery",
    "library",
    "version",
]
ONLINE = Cloud(is_set_up=True, seen_ms=5_000, is_online=True, state="online")
WELL = Facts(
    wifi=Wifi(is_own=True, ssid="Hall", interface="eth0", is_up=True, address="10.42.0.1"),
    phones=Phones(open=40, joined=60, room=1000),
    djs=[OnStage("Main Floor", "Anna", 2 * MINUTE), OnStage("Bar", None)],
    cloud=ONLINE,
    clock=ClockTrust.NTP,
    disk=Space(free_bytes=20 * GB, total_bytes=32 * GB, free_files=100_000),
    certificate=Certificate(CertificateState.VALID, name="box.example", in_use=True),
    certificate_until="1 May 2027",
    mode=Mode.PARTY,
    version="1.2.3",
    up_ms=3 * HOUR,
    parts=[
        Part("store", None),
        Part("live", None),
        Part("portal", None),
        Part("broker", None),
        Part("discovery", None),
    ],
    renamed="",
    music=Music(Scan(ScanState.DONE), playable=1234),
)
LEFT = (Place("/music", is_stick=False, is_there=True, found=9, left=4),)
GONE = Unknown("No such device")


def light(name: str, facts: Facts) -> Light:
    [found] = [one for one in lights(facts) if one.name == name]
    return found


def with_problem(name: str) -> Facts:
    return replace(WELL, parts=[Part(one.name, "it broke" if one.name == name else None) for one in WELL.parts])


def test_a_good_evening_is_one_sentence_and_every_light_in_its_order() -> None:
    found = lights(WELL)
    assert [one.name for one in found] == NAMES
    assert {one.level for one in found} == {Level.GOOD}
    assert verdict(found) == (Level.GOOD, Say("verdict_good"))


@pytest.mark.parametrize(
    ("name", "facts", "level", "key"),
    [
        ("wifi", replace(WELL, wifi=Wifi(True, "", "eth0", True, "10.42.0.1")), Level.GOOD, "wifi_cable"),
        ("wifi", replace(WELL, wifi=Wifi(True, "Hall", "eth0", False, "10.42.0.1")), Level.BAD, "wifi_down"),
        (
            "wifi",
            replace(WELL, wifi=Wifi(True, "Hall", "eth0", True, "10.42.0.1", is_right_address=False)),
            Level.BAD,
            "wifi_wrong_address",
        ),
        ("wifi", replace(WELL, wifi=Wifi(False, "", "", True, "192.168.1.9")), Level.GOOD, "wifi_venue"),
        ("wifi", replace(WELL, wifi=Wifi(False, "", "", False, "")), Level.ATTENTION, "wifi_no_address"),
        ("wifi", replace(WELL, wifi=GONE), Level.ATTENTION, "fact_unknown"),
        ("phones", replace(WELL, phones=Phones(0, 0, 1000)), Level.OFF, "phones_none"),
        ("phones", replace(WELL, phones=Phones(0, 3, 1000)), Level.GOOD, "phones_joined"),
        ("phones", replace(WELL, phones=Phones(7, None, 1000)), Level.GOOD, "phones_open"),
        ("phones", replace(WELL, phones=Phones(7, 900, 1000)), Level.ATTENTION, "phones_nearly_full"),
        ("phones", replace(WELL, phones=Phones(16, None, 15)), Level.BAD, "phones_full"),
        ("phones", replace(WELL, phones=GONE), Level.ATTENTION, "fact_unknown"),
        ("djs", replace(WELL, djs=[OnStage("Main Floor", None)]), Level.OFF, "djs_none"),
        ("djs", replace(WELL, djs=[]), Level.OFF, "djs_none"),
        ("djs", WELL, Level.GOOD, "djs_one"),
        ("djs", replace(WELL, djs=[OnStage("A", "Anna"), OnStage("B", "Ben")]), Level.GOOD, "djs_several"),
        ("djs", replace(WELL, djs=[OnStage("A", "Anna", 15 * MINUTE - 1)]), Level.GOOD, "djs_one"),
        (
            "djs",
            replace(WELL, djs=[OnStage("A", "Anna"), OnStage("B", "Ben", 15 * MINUTE)]),
            Level.ATTENTION,
            "djs_silent",
        ),
        ("djs", replace(WELL, djs=GONE), Level.ATTENTION, "fact_unknown"),
        ("cloud", replace(WELL, cloud=Cloud()), Level.OFF, "cloud_none"),
        ("cloud", replace(WELL, cloud=Cloud(True, None, 5)), Level.OFF, "cloud_never"),
        ("cloud", replace(WELL, cloud=Cloud(True, 90 * HOUR, 5)), Level.OFF, "cloud_waits"),
        ("cloud", replace(WELL, cloud=Cloud(True, 15 * 24 * HOUR, 5)), Level.ATTENTION, "cloud_waits"),
        ("cloud", replace(WELL, cloud=Cloud(True, 15 * 24 * HOUR, 0)), Level.OFF, "cloud_all_away"),
        ("cloud", replace(WELL, cloud=ONLINE), Level.GOOD, "cloud_all"),
        ("cloud", replace(WELL, cloud=replace(ONLINE, waiting=12_400)), Level.GOOD, "cloud_sending"),
        (
            "cloud",
            replace(WELL, cloud=replace(ONLINE, waiting=1, stuck_ms=11 * MINUTE)),
            Level.ATTENTION,
            "cloud_stuck",
        ),
        *(
            ("cloud", replace(WELL, cloud=Cloud(True, None, 5, state=state)), Level.ATTENTION, f"cloud_{state}")
            for state in ("revoked", "refused", "clock", "unclaimed")
        ),
        ("shed", replace(WELL, cloud=Cloud(dropped=7)), Level.ATTENTION, "shed_some"),
        ("cloud", replace(WELL, cloud=GONE), Level.ATTENTION, "fact_unknown"),
        *(
            ("clock", replace(WELL, clock=trust), level, f"clock_{trust.value}")
            for trust, level in zip(ClockTrust, [Level.ATTENTION, Level.ATTENTION, *[Level.GOOD] * 4], strict=True)
        ),
        ("library", WELL, Level.GOOD, "music_good"),
        ("library", replace(WELL, music=Music(OFF)), Level.OFF, "music_off"),
        ("library", replace(WELL, music=Music(Scan(ScanState.DONE))), Level.OFF, "music_none"),
        ("library", replace(WELL, music=Music(Scan(ScanState.DONE), 5, 2)), Level.GOOD, "music_faulty"),
        ("library", replace(WELL, music=Music(Scan(ScanState.HEARING, LEFT))), Level.GOOD, "music_hearing"),
        ("library", replace(WELL, music=Music(Scan(ScanState.WAITING, LEFT))), Level.GOOD, "music_waits"),
        ("library", replace(WELL, music=GONE), Level.ATTENTION, "fact_unknown"),
        ("library", replace(WELL, parts=[Part("library", "it broke")]), Level.ATTENTION, "music_bad"),
        ("disk", replace(WELL, disk=Space(100_000_000, GB, None)), Level.ATTENTION, "disk_low"),
        ("disk", replace(WELL, disk=Space(20 * GB, GB, 500)), Level.ATTENTION, "disk_low"),
        ("disk", replace(WELL, disk=Space(1_000_000, GB, None)), Level.BAD, "disk_scarce"),
        ("disk", replace(WELL, disk=GONE), Level.BAD, "disk_unreadable"),
        ("store", with_problem("store"), Level.BAD, "store_bad"),
        ("mode", replace(WELL, mode=Mode.QUIET), Level.GOOD, "mode_quiet"),
        ("mode", replace(WELL, mode=Mode.GATEWAY), Level.GOOD, "mode_gateway"),
        ("mode", with_problem("portal"), Level.BAD, "mode_problem"),
        ("broker", replace(WELL, parts=[]), Level.OFF, "broker_off"),
        ("broker", with_problem("broker"), Level.ATTENTION, "broker_bad"),
        ("discovery", replace(WELL, parts=[]), Level.OFF, "discovery_off"),
        ("discovery", with_problem("discovery"), Level.ATTENTION, "discovery_bad"),
        ("discovery", replace(WELL, renamed="Hall-2"), Level.ATTENTION, "discovery_renamed"),
        ("version", replace(WELL, up_ms=59 * MINUTE), Level.GOOD, "version_minutes"),
        ("version", replace(WELL, up_ms=47 * HOUR), Level.GOOD, "version_hours"),
        ("version", replace(WELL, up_ms=48 * HOUR), Level.GOOD, "version_days"),
        ("part_live", with_problem("live"), Level.BAD, "part_bad"),
        ("notices", replace(WELL, notices=2), Level.ATTENTION, "notices_some"),
        ("certificate", replace(WELL, certificate=GONE), Level.ATTENTION, "fact_unknown"),
        (
            "certificate",
            replace(WELL, certificate=Certificate(CertificateState.VALID, in_use=False)),
            Level.ATTENTION,
            "certificate_waits",
        ),
        *(
            ("certificate", replace(WELL, certificate=Certificate(state)), level, key)
            for state, level, key in (
                (CertificateState.NONE, Level.OFF, "certificate_none"),
                (CertificateState.EXPIRING, Level.ATTENTION, "certificate_expiring"),
                (CertificateState.EXPIRED, Level.ATTENTION, "certificate_expired"),
                (CertificateState.NOT_YET_VALID, Level.ATTENTION, "certificate_early"),
                (CertificateState.UNUSABLE, Level.ATTENTION, "certificate_unusable"),
            )
        ),
    ],
)
def test_a_fact_says_what_it_means(name: str, facts: Facts, level: Level, key: str) -> None:
    found = light(name, facts)
    assert (found.level, found.says.key) == (level, key)
    # Whatever needs a look says what to do; what is in order asks for nothing, but for how a night begins.
    assert (found.advice is not None) is (
        found.needs_look or key in {"djs_none", "cloud_never", "cloud_waits", "music_none"}
    )


def test_the_code_that_claims_a_box_is_told_to_staff_and_not_to_the_wall() -> None:
    fact = Cloud(True, 0, 5, state="unclaimed", code="K7QM2X9F", url="https://cloud.example.org")
    found = light("cloud", replace(WELL, cloud=fact))
    assert found.says.values == {}
    assert found.advice == Say("cloud_code_do", {"code": "K7QM2X9F", "place": "https://cloud.example.org/claim"})


def test_how_much_waits_and_for_how_long_is_readable_in_every_language() -> None:
    found = light("cloud", replace(WELL, cloud=Cloud(True, 3 * HOUR + MINUTE, 12_400)))
    assert found.says.values == {"n": 12_400, "count": "12\u202f400", "ago": "3 h"}


def test_what_a_part_says_itself_is_kept_for_whoever_mends_it() -> None:
    assert light("broker", with_problem("broker")).detail == "it broke"
    assert light("disk", replace(WELL, disk=GONE)).detail == "No such device"
    assert light("part_live", with_problem("live")).title == Say("light_part", {"part": "live"})


def test_the_longest_silence_is_the_one_that_is_told() -> None:
    djs = [OnStage("A", "Anna", 20 * MINUTE), OnStage("B", "Ben", 70 * MINUTE), OnStage("C", None, 0)]
    assert light("djs", replace(WELL, djs=djs)).says.values == {"dj": "Ben", "stage": "B", "n": 70}


def test_the_verdict_counts_what_needs_a_look_and_not_what_rests() -> None:
    quiet = replace(WELL, djs=[], phones=Phones(0, None, 100), cloud=Cloud(), parts=[])
    assert verdict(lights(quiet)) == (Level.GOOD, Say("verdict_good"))
    unset = replace(quiet, clock=ClockTrust.NONE, notices=3)
    assert verdict(lights(unset)) == (Level.ATTENTION, Say("verdict_attention", {"n": 2}))
    broken = replace(unset, disk=GONE)
    assert verdict(lights(broken)) == (Level.BAD, Say("verdict_bad", {"n": 3}))


def test_room_is_told_as_people_read_it() -> None:
    assert [gigabytes(count) for count in (20 * GB, 9_960_000_000, 1_234_000_000, 40_000_000)] == [
        "20",
        "10.0",
        "1.2",
        "0.0",
    ]


def test_everything_broken_at_once_is_a_page_all_the_same() -> None:
    facts = replace(
        WELL,
        wifi=GONE,
        phones=GONE,
        djs=GONE,
        cloud=GONE,
        clock=ClockTrust.NONE,
        disk=GONE,
        certificate=GONE,
        music=GONE,
        parts=[Part(one.name, "it broke") for one in WELL.parts],
    )
    found = lights(facts)
    assert [one.name for one in found] == [*NAMES, "part_live"]
    assert [one.name for one in found if not one.needs_look] == ["version"]
