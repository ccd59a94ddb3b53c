"""What a phone does, as a program to run in its namespace: `phone.py ask SERVER`, `phone.py reach`, `phone.py get URL`.

Questions come as JSON on standard input, answers go as JSON to standard output. Standard library only.
"""

import contextlib
import http.client
import json
import selectors
import socket
import ssl
import struct
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

TYPES = {"A": 1, "PTR": 12, "TXT": 16, "AAAA": 28, "SRV": 33, "HTTPS": 65}
CODES = {0: "NOERROR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}
_WITHIN_S = 3.0


def _read_name(packet: bytes, at: int) -> tuple[str, int]:
    """A name and where it ends; labels are kept apart by `|` because they may hold full stops."""
    labels: list[str] = []
    end = 0
    while packet[at]:
        if packet[at] >= 0xC0:
            end = end or at + 2
            at = struct.unpack_from(">H", packet, at)[0] & 0x3FFF
        else:
            labels.append(packet[at + 1 : at + 1 + packet[at]].decode())
            at += 1 + packet[at]
    return "|".join(labels), end or at + 1


def _read_data(packet: bytes, at: int, *, kind: int, length: int) -> Any:
    if kind == TYPES["A"]:
        return socket.inet_ntop(socket.AF_INET, packet[at : at + 4])
    if kind == TYPES["AAAA"]:
        return socket.inet_ntop(socket.AF_INET6, packet[at : at + 16])
    if kind == TYPES["PTR"]:
        return _read_name(packet, at)[0]
    if kind == TYPES["SRV"]:
        return [struct.unpack_from(">H", packet, at + 4)[0], _read_name(packet, at + 6)[0]]
    texts, end = [], at + length
    while kind == TYPES["TXT"] and at < end:
        texts.append(packet[at + 1 : at + 1 + packet[at]].decode())
        at += 1 + packet[at]
    return texts


def ask(server: str, name: str, kind: str) -> dict[str, Any]:
    """One question: `code`, `answers` and `ttls`. Labels of `name` are separated by `|` or by full stops."""
    labels = name.split("|") if "|" in name else name.split(".")
    question = b"".join(bytes([len(label.encode())]) + label.encode() for label in labels) + b"\0"
    query = struct.pack(">6H", 4711, 0x0100, 1, 0, 0, 0) + question + struct.pack(">2H", TYPES[kind], 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(_WITHIN_S)
        asking.sendto(query, (server, 53))
        try:
            packet, _ = asking.recvfrom(4096)
        except TimeoutError:
            return {"code": "silence", "answers": [], "ttls": []}
    flags, count = struct.unpack_from(">H", packet, 2)[0], struct.unpack_from(">H", packet, 6)[0]
    at = len(query)
    answers, ttls = [], []
    for _ in range(count):
        _, at = _read_name(packet, at)
        found, _, ttl, length = struct.unpack_from(">HHIH", packet, at)
        at += 10
        answers.append(_read_data(packet, at, kind=found, length=length))
        ttls.append(ttl)
        at += length
    return {"code": CODES.get(flags & 15, str(flags & 15)), "answers": answers, "ttls": ttls}


def reach(protocol: str, host: str, port: int) -> dict[str, Any]:
    """Whether a port can be used: `open`, `refused` or `silence`, and after how many milliseconds that was known."""
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    began = time.monotonic()
    said = "open"
    with socket.socket(socket.AF_INET, kind) as trial:
        trial.settimeout(_WITHIN_S)
        try:
            trial.connect((host, port))
            if protocol == "udp":
                trial.send(b"hello")
                trial.recv(100)
        except TimeoutError:
            said = "silence"
        except OSError:
            said = "refused"
    return {"said": said, "ms": (time.monotonic() - began) * 1000}


def _dhcp(kind: int, number: int, *options: bytes) -> bytes:
    card = b"\x02\x00" + struct.pack(">I", number)
    head = struct.pack(">4B I HH 16x", 1, 1, 6, 0, number, 0, 0x8000) + card.ljust(16, b"\0") + bytes(192)
    return head + b"\x63\x82\x53\x63" + bytes([53, 1, kind]) + b"".join(options) + b"\xff"


def _dhcp_answer(asking: socket.socket, number: int) -> tuple[bytes, bytes]:
    """The address in the answer meant for this phone, and the server that gave it."""
    while True:
        packet = asking.recv(2048)
        if packet[0] == 2 and struct.unpack_from(">I", packet, 4)[0] == number:
            at = packet.index(b"\x36\x04", 240)
            return packet[16:20], packet[at + 2 : at + 6]


def crowd(phones: int) -> list[str]:
    """Has so many phones join, one after the other; the addresses they got."""
    addresses = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
        asking.settimeout(_WITHIN_S)
        asking.bind(("0.0.0.0", 68))
        for number in range(1, phones + 1):
            asking.sendto(_dhcp(1, number), ("255.255.255.255", 67))
            offered, server = _dhcp_answer(asking, number)
            asking.sendto(_dhcp(3, number, b"\x32\x04" + offered, b"\x36\x04" + server), ("255.255.255.255", 67))
            address, _ = _dhcp_answer(asking, number)
            addresses.append(socket.inet_ntop(socket.AF_INET, address))
    return addresses


def get(url: str) -> str:
    """A page's text, or what went wrong."""
    try:
        with urllib.request.urlopen(url, timeout=_WITHIN_S) as answer:
            text: str = answer.read().decode()
            return text
    except (urllib.error.URLError, OSError) as error:
        return f"error: {error}"


def visit(server: str, method: str, url: str) -> dict[str, Any]:
    """One request as a phone makes it, the name asked of `server`: `status`, `to` where it leads, and `body`."""
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or ""
    address = host if host.replace(".", "").isdigit() else ask(server, host, "A")["answers"][0]
    connection = http.client.HTTPConnection(address, parts.port or 80, timeout=_WITHIN_S)
    with contextlib.closing(connection):
        origin = {"Origin": f"http://{parts.netloc}"} if method == "POST" else {}
        connection.request(method, parts.path or "/", headers={"Host": parts.netloc, **origin})
        answer = connection.getresponse()
        return {"status": answer.status, "to": answer.headers.get("Location"), "body": answer.read().decode()}


def encrypted(server: str, roots: str, url: str) -> dict[str, Any]:
    """One request over HTTPS, trusting these roots: `said`, or why it could not be, and after how many milliseconds."""
    parts = urllib.parse.urlsplit(url)
    name = parts.hostname or ""
    context = ssl.create_default_context(cafile=roots)
    address = ask(server, name, "A")["answers"][0]
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode()
    began = time.monotonic()
    try:
        raw = socket.create_connection((address, 443), _WITHIN_S)
        with raw, context.wrap_socket(raw, server_hostname=name) as link:
            link.sendall(request)
            said = b"".join(iter(lambda: link.recv(65536), b"")).decode()
    except OSError as error:
        said = getattr(error, "reason", None) or type(error).__name__
    return {"said": said, "ms": (time.monotonic() - began) * 1000}


def listen(*doors: str) -> None:
    """Listens for ever on `tcp:PORT:WORDS` doors and answers every connection with the words, as a web page."""
    sockets = []
    for door in doors:
        _, port, words = door.split(":", 2)
        sockets.append((socket.create_server(("0.0.0.0", int(port)), backlog=50), words))
    print("listening", flush=True)
    watched = selectors.DefaultSelector()
    for listener, words in sockets:
        watched.register(listener, selectors.EVENT_READ, words)
    while True:
        for key, _ in watched.select():
            connection, _ = key.fileobj.accept()  # type: ignore[union-attr]
            with connection, contextlib.suppress(OSError):
                connection.settimeout(0.2)
                with contextlib.suppress(TimeoutError):
                    connection.recv(4096)
                body = key.data.encode()
                connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def main(command: str, *rest: str) -> None:
    """Does what it is told."""
    if command == "listen":
        listen(*rest)
        return
    does: dict[str, Callable[..., Any]] = {"ask": ask, "reach": reach, "get": get, "crowd": crowd, "visit": visit}
    does["encrypted"] = encrypted
    act = does[command]
    json.dump([act(*one) for one in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
