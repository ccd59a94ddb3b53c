"""What a certificate is good for now. Pure: who reads it and who checks its chain are elsewhere.

Encryption is an upgrade that may vanish (a box that was dark for a season holds an expired certificate), so every
state but two means: plain HTTP goes on, and nothing else is said.
"""

from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.models import ClockTrust, Stamp

#: where phones' systems ask whether they are held (RFC 8908)
API_PATH = "/api/captive"
DAY_MS = 24 * 3600 * 1000
#: staff are told from here on
EXPIRING_WITHIN_MS = 21 * DAY_MS

_RENEW = "Connect the box to the internet for a while, or put a new one in its place."
_PLAIN = "Phones go on over plain HTTP, and nothing else is different."


class CertificateState(StrEnum):
    """What staff are shown."""

    NONE = "none"
    VALID = "valid"
    #: valid, and ends within three weeks
    EXPIRING = "expiring"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    #: it is there and phones would not trust it: a wrong name, a wrong key, a chain that leads nowhere
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The box's certificate as it stands."""

    state: CertificateState
    #: the public name it is for; empty when there is none
    name: str = ""
    #: when it ends, milliseconds of UTC; None when there is none
    not_after_ms: int | None = None
    #: why it can't be used, in words for staff; empty when it can
    problem: str = ""
    #: whether encrypted pages are served with it now: it is valid and the clock can be trusted
    in_use: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What lies on the disk, looked at from every side but the time."""

    #: the public name it should be for
    name: str
    #: when it and everything that vouches for it begins to count, milliseconds of UTC
    not_before_ms: int = 0
    #: when the first of these ends, milliseconds of UTC; it still counts at that moment
    not_after_ms: int = 0
    #: why phones would not trust it at any time, in words; empty when they would
    problem: str = ""

    def covers(self, wall_ms: int) -> bool:
        """Whether it counts at a time."""
        return self.not_before_ms <= wall_ms <= self.not_after_ms


def clock_is_trusted(trust: ClockTrust) -> bool:
    """Whether a certificate may be judged by this clock: somebody has set it since the start."""
    return trust not in {ClockTrust.NONE, ClockTrust.SAVED}


def api_url(host_name: str) -> str:
    """What DHCP tells phones (RFC 8910): guests reach encrypted pages at the usual port."""
    return f"https://{host_name}{API_PATH}"


def judge(found: Found | None, now: Stamp) -> Certificate:
    """What a certificate is good for at this moment, whatever moment the clock shows."""
    if found is None:
        return Certificate(CertificateState.NONE)
    if found.problem:
        return Certificate(CertificateState.UNUSABLE, name=found.name, problem=found.problem)
    state = _state(found, now.wall_ms)
    good = state in {CertificateState.VALID, CertificateState.EXPIRING}
    in_use = good and clock_is_trusted(now.trust)
    return Certificate(
        state,
        name=found.name,
        not_after_ms=found.not_after_ms,
        problem="" if in_use else _why_not(state),
        in_use=in_use,
    )


def _state(found: Found, wall_ms: int) -> CertificateState:
    if wall_ms > found.not_after_ms:
        return CertificateState.EXPIRED
    if wall_ms < found.not_before_ms:
        return CertificateState.NOT_YET_VALID
    soon = found.not_after_ms - wall_ms <= EXPIRING_WITHIN_MS
    return CertificateState.EXPIRING if soon else CertificateState.VALID


def _why_not(state: CertificateState) -> str:
    match state:
        case CertificateState.EXPIRED:
            return f"The certificate has ended. {_PLAIN} {_RENEW}"
        case CertificateState.NOT_YET_VALID:
            return f"The certificate begins later than the box's clock says. {_PLAIN} See that the clock is right."
        case _:
            return f"The clock was not set since the start, so the certificate waits. {_PLAIN} Set the time."


def trouble(certificate: Certificate, now: Stamp) -> str | None:
    """What is wrong with a certificate, in words for staff, or None.

    A clock that nobody set is a trouble of its own and not the certificate's: by such a clock nothing has ended.
    """
    if certificate.state is CertificateState.UNUSABLE:
        return certificate.problem
    if certificate.not_after_ms is None or not clock_is_trusted(now.trust):
        return None
    if certificate.state is CertificateState.EXPIRING:
        days = (certificate.not_after_ms - now.wall_ms) // DAY_MS
        left = "within a day" if days == 0 else "in a day" if days == 1 else f"in {days} days"
        return f"The certificate ends {left}; phones then go on over plain HTTP. {_RENEW}"
    return certificate.problem or None


def is_due(found: Found | None, *, wall_ms: int) -> bool:
    """Whether it is time for a new certificate: there is none that is any good, or a third of its time is left.

    Where a third is less than the time for which staff are warned, it is due before that (but never in the first half
    of its time): with certificates of 45 days, a box that is online would otherwise warn for a week of every six.
    """
    if found is None or found.problem:
        return True
    lifetime = found.not_after_ms - found.not_before_ms
    ahead = max(lifetime // 3, min(EXPIRING_WITHIN_MS + DAY_MS, lifetime // 2))
    return found.not_after_ms - wall_ms <= ahead
