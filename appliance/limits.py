"""How much the box takes of whom: one section of the settings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LimitsSection:
    """How much the box takes. Sized for 1,000 phones behind one address."""

    #: largest request body, bytes
    body_bytes: int = 10 * 1024
    #: open event streams in all
    streams: int = 5000
    #: open event streams of one guest
    streams_per_guest: int = 12
    #: open event streams from one address; a hall behind one router is one address
    streams_per_address: int = 3000
    #: likes and votes of a guest in a burst, and then per second: a script can't fill the card
    guest_burst: int = 300
    guest_per_s: int = 10
    #: the same of all guests of one address, which may be a whole hall
    address_burst: int = 100_000
    address_per_s: int = 500
    #: the same of an address' guests whom nobody has seen: what they say is kept and does not count
    unseen_burst: int = 2_000
    unseen_per_s: int = 2
    #: where the box itself gives out addresses, one of them is one phone: so many guests of one count
    guests_per_address: int = 4
    #: reactions that a guest may send in a burst, and then per minute: a rain of hearts comes from many
    reaction_burst: int = 10
    reactions_per_min: int = 10
    #: from the beginning of a session's poll to the next one's, seconds
    poll_pause_s: int = 15 * 60
