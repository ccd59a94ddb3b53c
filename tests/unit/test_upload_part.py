"""The file in a form, however the network cuts it up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import Invalid
from appliance.web.form_file import FilePart

HEAD = b'--b0\r\nContent-Disposition: form-data; name="backup"; filename="a.zip"\r\nContent-Type: a/b\r\n\r\n'


def fed(body: bytes, cuts: list[int]) -> tuple[bytes, bool]:
    part, content, at = FilePart(b"b0"), b"", 0
    for cut in [*cuts, len(body)]:
        content += part.feed(body[at : at + cut])
        at += cut
    return content, part.ended


@given(st.binary(max_size=400), st.lists(st.integers(0, 40), max_size=40))
def test_the_content_comes_out_as_it_went_in(content: bytes, cuts: list[int]) -> None:
    if b"\r\n--b0" in b"\r\n" + content:
        return
    assert fed(HEAD + content + b"\r\n--b0--\r\n", cuts) == (content, True)


@given(st.lists(st.integers(0, 7), max_size=30))
def test_what_looks_nearly_like_the_end_is_content(cuts: list[int]) -> None:
    content = b"\r\n--b\r\n--b1\r\r\n-\r\n--"
    assert fed(HEAD + content + b"\r\n--b0--\r\nmore", cuts) == (content, True)


def test_a_body_that_is_cut_has_no_end() -> None:
    assert not fed(HEAD + b"abc", [])[1]


@pytest.mark.parametrize(
    "body",
    [
        b'--b0\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--b0--',
        b'--b1\r\nContent-Disposition: form-data; filename="x"\r\n\r\n1\r\n--b1--',
        b"x" * 9000,
        b"--b0\r\n" + b"y" * 9000 + b"filename\r\n\r\n",
    ],
)
def test_a_form_without_a_file_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        fed(body, [])
