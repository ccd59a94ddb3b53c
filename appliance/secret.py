"""A text that no print shows."""


class Secret(str):
    """`reveal()` where it is really needed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'********'" if self.reveal() else "''"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def reveal(self) -> str:
        """The text itself."""
        return str.__str__(self)
