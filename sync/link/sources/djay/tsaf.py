"""TSAF, the form in which djay keeps what it knows in its database. Pure.

A header of 20 bytes, then one object. An object is its class's name, then each value *before* its name, then a zero.
Every string is numbered as it first appears, and a later one that is the same is only that number: an album named like
its artist is one. Numbers are aligned to their size. What an unknown kind of value hides is lost; what stood before it
is not.
"""

import contextlib
import math
import struct
from dataclasses import dataclass, field

_HEADER = 20
_MAGIC = b"TSAF"
_DEPTH_MOST = 16

#: kinds of values that are one number: its form, aligned to its size
_NUMBERS = {
    0x0A: struct.Struct("<h"),
    0x0C: struct.Struct("<i"),
    0x0F: struct.Struct("<B"),
    0x11: struct.Struct("<I"),
    0x12: struct.Struct("<Q"),
    0x13: struct.Struct("<f"),
    0x14: struct.Struct("<d"),
    0x1A: struct.Struct("<I"),
    0x30: struct.Struct("<d"),
}
#: kinds that are a value by themselves
_PLAIN: dict[int, float | None] = {0x0D: 0.0, 0x0E: 1.0, 0x2D: 1.0, 0x2E: None}
_END, _REFERENCE, _TEXT, _ARRAY, _BYTES, _WRAPPED, _OBJECT = 0x00, 0x05, 0x08, 0x0B, 0x15, 0x21, 0x2B
_COUNT = struct.Struct("<I")

Value = str | float | list["Value"] | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One value with its name."""

    #: the class of the object that it belongs to, such as `ADCHistorySessionItem`
    of: str
    name: str
    value: str | float


class _UnreadableError(Exception):
    """Here it ends, or goes on in a way that is not known."""


@dataclass(slots=True)
class _Reader:
    data: bytes
    at: int = _HEADER
    strings: list[str] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def _byte(self) -> int:
        if self.at >= len(self.data):
            raise _UnreadableError
        self.at += 1
        return self.data[self.at - 1]

    def _number(self, form: struct.Struct) -> float:
        self.at += -self.at % form.size
        try:
            (value,) = form.unpack_from(self.data, self.at)
        except struct.error as error:
            raise _UnreadableError from error
        self.at += form.size
        return float(value)

    def _text(self) -> str:
        kind = self._byte()
        if kind == _REFERENCE:
            number = self._byte()
            if number >= len(self.strings):
                raise _UnreadableError
            return self.strings[number]
        if kind != _TEXT:
            raise _UnreadableError
        end = self.data.find(b"\0", self.at)
        if end < 0:
            raise _UnreadableError
        text = self.data[self.at : end].decode("utf-8", "replace")
        self.at = end + 1
        self.strings.append(text)
        return text

    def object(self, depth: int) -> None:
        """Everything up to the object's end."""
        if depth > _DEPTH_MOST:
            raise _UnreadableError
        of = self._text()
        while self._peek() != _END:
            value = self._value(depth)
            name = self._text()
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str) or (isinstance(one, float) and math.isfinite(one)):
                    self.facts.append(Fact(of, name, one))
        self.at += 1

    def _peek(self) -> int:
        if self.at >= len(self.data):
            raise _UnreadableError
        return self.data[self.at]

    def _value(self, depth: int) -> Value:
        kind = self._peek()
        if kind in {_TEXT, _REFERENCE}:
            return self._text()
        self.at += 1
        if kind in _PLAIN:
            return _PLAIN[kind]
        if kind in _NUMBERS:
            return self._number(_NUMBERS[kind])
        if kind == _OBJECT:
            self.object(depth + 1)
            return None
        return self._compound(kind, depth)

    def _compound(self, kind: int, depth: int) -> Value:
        if depth > _DEPTH_MOST:
            raise _UnreadableError
        if kind == _WRAPPED:
            wrapped = self._value(depth + 1)
            # An address, and the one it is relative to, which is always none.
            if self._peek() == _END:
                self.at += 1
            return wrapped
        if kind == _ARRAY:
            return [self._value(depth + 1) for _ in range(int(self._number(_COUNT)))]
        if kind == _BYTES:
            length = int(self._number(_COUNT))
            self.at += length
            return None
        raise _UnreadableError


def facts(data: bytes) -> list[Fact]:
    """Every value in a blob as far as it can be read, in its order; nothing when it is something else."""
    reader = _Reader(data)
    if data[: len(_MAGIC)] == _MAGIC and data[_HEADER : _HEADER + 1] == bytes([_OBJECT]):
        reader.at += 1
        with contextlib.suppress(_UnreadableError):
            reader.object(0)
    return reader.facts
