"""Blobs as djay writes them, for tests."""

import struct
from typing import Any

#: seconds since 2001, as djay counts
NOON = 1_795_000_000 - 978_307_200


class Blob:
    """Writes TSAF as djay does: strings once, numbers aligned, values before their names."""

    def __init__(self) -> None:
        self.body = bytearray(20)
        self.strings: list[str] = []

    def text(self, text: str) -> None:
        if text in self.strings:
            self.body += bytes([5, self.strings.index(text)])
        else:
            self.strings.append(text)
            self.body += b"\x08" + text.encode() + b"\0"

    def number(self, kind: int, form: str, value: float) -> None:
        size = struct.calcsize(form)
        self.body.append(kind)
        self.body += bytes(-len(self.body) % size) + struct.pack(form, value)

    def put(self, value: Any, *, wrapped: bool = False) -> None:
        match value:
            case dict():
                self.body.append(0x2B)
                self.text(value["class"])
                for name, inner in value.items():
                    if name != "class":
                        self.put(inner, wrapped=name == "sourceURIs")
                        self.text(name)
                self.body.append(0)
            case list():
                self.number(0x0B, "<I", len(value))
                for one in value:
                    self.body += b"\x21" if wrapped else b""
                    self.put(one)
                    self.body += b"\0" if wrapped else b""
            case bytes():
                # A kind and what follows it, as it is.
                self.body += value
            case str():
                self.text(value)
            case tuple():
                self.number(*value)
            case _:
                self.number(0x14, "<d", value)

    def done(self) -> bytes:
        head = b"TSAF" + struct.pack("<HHQI", 3, 3, 0, len(self.strings))
        return head + bytes(self.body[20:])


def blob(value: dict[str, Any]) -> bytes:
    writer = Blob()
    writer.put(value)
    return writer.done()


def item(title: str, artist: str = "Artist", *, key: str = "K", deck: Any = 1, start: float = NOON) -> bytes:
    title_id: dict[str, Any] = {"class": "ADCMediaItemTitleID", "uuid": f"id-{title}", "title": title}
    title_id |= {"artist": artist} if artist else {}
    title_id |= {"duration": 240.5}
    start_time = (0x30, "<d", start)
    return blob(
        {
            "class": "ADCHistorySessionItem", "uuid": key, "sessionUUID": "S", "titleID": title_id,
            "deckNumber": deck, "startTime": start_time, "originSourceID": "explorer",
        }
    )  # fmt: skip
