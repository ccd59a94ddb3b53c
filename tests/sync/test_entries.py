"""Lines are the same bytes each time, bind all before them, and stop nothing when they are broken."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.journal.entries import LINE_MOST, BadLine, Entry, after, after_all, beginning, read_line

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
BODIES = st.dictionaries(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), JSON_VALUES, max_size=4
)
NUMBERS = st.integers(-(2**63), 2**63 - 1)


def entry(seq: int = 1, *, kind: str = "like.given", body: str = '{"play":"p1","guest":"g1"}') -> Entry:
    return Entry(seq, kind, 1, "boot-1", 60_000, 1_800_000_000_000, "saved", body)


@given(kind=st.text(min_size=1, max_size=50), v=NUMBERS, boot_ms=NUMBERS, wall_ms=NUMBERS, body=BODIES)
def test_an_entry_comes_back_from_its_line_and_gives_the_same_line_again(
    kind: str, v: int, boot_ms: int, wall_ms: int, body: dict[str, object]
) -> None:
    text = json.dumps(body, ensure_ascii=False)
    if "\0" in kind + text.replace("\\u0000", "\0"):
        return
    sent = Entry(7, kind, v, "boot-1", boot_ms, wall_ms, "ntp", text)
    found = read_line(sent.line(), seq=7)
    assert found == sent
    assert isinstance(found, Entry)
    assert found.line() == sent.line()
    assert b"\n" not in sent.line()


def test_a_body_that_was_written_over_several_lines_stays_on_one() -> None:
    line = entry(body='{\r\n "play": "a\\nb"\n}').line()
    assert b"\n" not in line
    found = read_line(line, seq=1)
    assert isinstance(found, Entry)
    assert json.loads(found.body) == {"play": "a\nb"}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", "line_not_json"),
        (b'["k', "line_not_json"),
        (b'["k",1,"b",1,1,"t",{"a":' + b"[" * 5000, "line_not_json"),
        (b"[" * 5000, "line_wrong_shape"),
        (b"{}", "line_wrong_shape"),
        (b'["k",1,"b",1,1,"t"]', "line_wrong_shape"),
        (b'["k",1,"b",1,1,"t",[]]', "line_wrong_shape"),
        (b'["k",1,"b",1,1,"t",1]', "line_wrong_shape"),
        (b'["",1,"b",1,1,"t",{}]', "line_wrong_shape"),
        (b'["k",1.5,"b",1,1,"t",{}]', "line_wrong_shape"),
        (b'["k",1,"b",99999999999999999999,1,"t",{}]', "line_wrong_shape"),
        (b'["k",1,"b",1,1,"t",{"a":"\\u0000"}]', "line_with_nul"),
        (b'["k",1,"b",1,1,"t",{"\\u0000":1}]', "line_with_nul"),
        (b'["k",1,"b",1,1,"t",{"a":"x","b":1e-9999}]', "line_wrong_shape"),
        (b'["k\\u0000",1,"b",1,1,"t",{}]', "line_with_nul"),
        (b'["k",1,"b",1,1,"t",{"a":"\xff"}]', "line_not_utf8"),
        (b'["k",1,"b",1,1,"t",{"a":"\\ud800"}]', "line_not_json"),
        (b'["k",1,"b",1,1,"t",{"a":"' + b"x" * LINE_MOST + b'"}]', "line_too_long"),
    ],
)
def test_a_line_that_is_no_entry_is_named_and_keeps_its_bytes(line: bytes, code: str) -> None:
    assert read_line(line, seq=3) == BadLine(3, code, line)


def test_a_text_that_looks_like_a_tiny_number_is_a_text() -> None:
    found = read_line(b'["k",1,"1b4e5f6a-0a1e-4567-9e-1234",1,1,"t",{"a":"5e-12345","b":1e-300}]', seq=1)
    assert isinstance(found, Entry)


def test_a_backslash_before_a_u_is_no_nul() -> None:
    assert isinstance(read_line(rb'["k",1,"b",1,1,"t",{"a":"\\u0000"}]', seq=1), Entry)


def test_elements_of_a_later_version_are_ignored() -> None:
    assert isinstance(read_line(b'["k",1,"b",1,1,"t",{},"later"]', seq=1), Entry)


@given(st.binary(max_size=200))
def test_no_bytes_raise(line: bytes) -> None:
    read_line(line, seq=1)


@given(st.lists(st.binary(max_size=20), max_size=8), st.integers(0, 8))
def test_the_chain_is_the_same_in_one_go_and_in_steps(lines: list[bytes], cut: int) -> None:
    start = beginning(source="box", epoch="e1")
    step_by_step = start
    for line in lines:
        step_by_step = after(step_by_step, line)
    assert after_all(start, lines) == step_by_step == after_all(after_all(start, lines[:cut]), lines[cut:])


def test_every_change_of_the_past_changes_the_chain() -> None:
    start = beginning(source="box", epoch="e1")
    chains = {
        after_all(start, lines).chain
        for lines in ([b"a", b"b"], [b"b", b"a"], [b"ab"], [b"", b"ab"], [b"a"], [b"a", b"b", b""], [])
    }
    assert len(chains) == 7
    assert beginning(source="box", epoch="e2") != start != beginning(source="other", epoch="e1")
