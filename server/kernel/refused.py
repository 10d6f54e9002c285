"""The one expected failure: a request that the rules do not allow."""


class Refused(Exception):
    """A command that the rules refuse. Nothing has changed.

    ``code`` is an adjective or a short state in snake case (``not_allowed``, ``wrong_phase``); the edges translate it for the
    reader. ``detail`` holds the JSON values that the translated sentence needs (a limit, a date, the name of a field).
    """

    def __init__(self, code: str, **detail: object) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code} {self.detail}" if self.detail else self.code
