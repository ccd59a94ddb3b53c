"""How patient the carrier is; tests are less so."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds, unless it says otherwise."""

    #: from a name to an encrypted connection
    connect_s: float = 10.0
    #: for the next bytes to leave
    write_idle_s: float = 20.0
    #: for an answer, beside what its request needs to get there
    answer_s: float = 20.0
    #: a link that is slower than this is taken for dead, bytes a second
    slowest: float = 1500.0
    #: batches on their way at once
    in_flight: int = 4
    #: how often to look whether something was written
    look_s: float = 0.5
    #: waits after failures: the first, and the longest
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    #: how long things go well until failures are forgotten
    stable_s: float = 30.0
    #: an idle connection is closed after this
    idle_s: float = 45.0
    #: at most this often the cloud is told what is on: with a bad link's way added, the present is no older than 3 s
    live_s: float = 1.0
    #: and at least this often that the box is there
    heartbeat_s: float = 60.0
    #: how often an unclaimed box asks whether it was claimed
    claim_s: float = 10.0
    #: how often it is tried again where only a person can help
    alarm_s: float = 300.0
    #: at most this often the pages are told: nobody looks more closely, and each time is a write to the card
    tell_s: float = 2.0
    #: how often, at least, the cloud is asked for its songs
    songs_look_s: float = 120.0
    #: and again where it has none to give: an older cloud
    songs_none_s: float = 3600.0
    #: it is tried again when songs can't be fetched, or what came of one was wrong twice
    songs_pause_s: float = 300.0
    songs_wrong_s: float = 24 * 3600.0
    #: how often the cloud is told how much of a song came
    songs_tell_s: float = 30.0
    #: how often to look what may be let go of
    tidy_s: float = 60.0
    #: the same batch may end a connection so often until it is made smaller
    deaths: int = 3
