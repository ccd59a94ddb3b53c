"""A batch over which the cloud breaks down each time must not stop those behind it for ever. Pure.

Connections end for many reasons. Only when one ends several times over the same batch, with the cloud answering in
between, that batch is halved, and halved again, until one row is left; of that row a note is sent instead.
"""

from sync.agent.history import Piece
from sync.journal.batches import LINES_MOST

#: a single row has so many chances
_LAST_CHANCES = 3


class Poison:
    """The suspicion against one stretch of the history."""

    def __init__(self, *, deaths: int) -> None:
        """`deaths`: so often a connection may end over the same place before anything is suspected."""
        self._most = deaths
        self._place = -1
        self._deaths = 0
        #: everything up to here is looked at closely
        self._until = -1
        #: a batch has no more rows than this
        self.lines_most = LINES_MOST

    @property
    def is_suspected(self) -> bool:
        """Whether batches should go one by one."""
        return self._deaths > 0 or self._until >= 0

    def died(self, piece: Piece) -> bool:
        """A connection ended over a batch that was not answered; whether its one row has to be left out."""
        place = piece.start.seq
        self._deaths = self._deaths + 1 if place == self._place else 1
        self._place = place
        if place >= self._until:
            if self._deaths < self._most:
                return False
            self._until, self._deaths = piece.end.position.seq, 0
        if piece.count > 1:
            self.lines_most, self._deaths = piece.count // 2, 0
            return False
        return self._deaths >= _LAST_CHANCES

    def lived(self, piece: Piece) -> None:
        """A batch was taken."""
        self._deaths = 0
        if piece.end.position.seq >= self._until:
            self._until, self.lines_most = -1, LINES_MOST
