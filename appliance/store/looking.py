"""How one topic's part of the twin reads what another topic keeps: through the port, as everybody does."""

from abc import ABC, abstractmethod

from appliance.ports import Transaction


class Looking(ABC):
    """A part that asks beyond its own tables."""

    @abstractmethod
    def _look(self) -> Transaction:
        """All of the tables. Nothing may be written with it."""
