"""What goes wrong: one exception, with what the engine says of it."""

from __future__ import annotations


class Error(Exception):
    """An input, a policy, a value or a limit. ``str()`` is the engine's whole text, as the command prints it."""

    message: str
    """What was seen, and the rule."""
    file: str
    """The input that is to blame; empty when none is."""
    line: int
    """From 1; 0 when not known."""
    column: int
    """From 1; 0 when not known."""
    hint: str
    """What to do; may be empty."""

    def __init__(self, text: str, message: str = "", file: str = "", line: int = 0, column: int = 0, hint: str = "") -> None:
        super().__init__(text)
        self.message = message or text
        self.file = file
        self.line = line
        self.column = column
        self.hint = hint
