"""What is in a folder of music against what was known of it. Pure; who looks is elsewhere."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace

from appliance.domain.analysis import Fault, FaultCode
from appliance.domain.library import LibraryFile


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may be music, as its folder says."""

    #: whole, as the system's own bytes
    path: bytes
    #: bytes
    size: int
    #: nanoseconds since 1970, as the file system says
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Walked:
    """What one look through a folder found."""

    found: Sequence[Found]
    #: what can't be music whatever is in it: paths and why
    troubles: Sequence[tuple[bytes, FaultCode]] = ()
    #: there was more than is looked at
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be done about it."""

    #: files that somebody has to listen to
    todo: list[Found] = field(default_factory=list)
    #: what is written down at once: back again, gone, no music
    kept: list[LibraryFile] = field(default_factory=list)
    #: faults of what is not there any more, which nobody has to know
    dropped: list[bytes] = field(default_factory=list)


def changes(walked: Walked, *, known: Iterable[LibraryFile], root: str, tried: Container[bytes]) -> Changes:
    """What to do after a look through `root`. `tried` are files that may do later, and that were tried a while ago."""
    before = {file.path: file for file in known}
    wanted = Changes()
    for found in walked.found:
        file = before.pop(found.path, None)
        if file is None or not _is_known(file, found, tried=tried):
            wanted.todo.append(found)
        elif file.is_gone:
            wanted.kept.append(replace(file, is_gone=False))
    for path, fault in walked.troubles:
        trouble = LibraryFile(path, root, 0, 0, fault=fault)
        if before.pop(path, None) != trouble:
            wanted.kept.append(trouble)
    for file in before.values():
        if file.fault is not None:
            wanted.dropped.append(file.path)
        elif not file.is_gone:
            wanted.kept.append(replace(file, is_gone=True))
    return wanted


def _is_known(file: LibraryFile, found: Found, *, tried: Container[bytes]) -> bool:
    if file.is_done(size=found.size, modified_ns=found.modified_ns):
        return True
    is_same = (file.size, file.modified_ns) == (found.size, found.modified_ns)
    may_pass = file.fault is not None and Fault(file.fault).may_pass
    return is_same and may_pass and file.path in tried
