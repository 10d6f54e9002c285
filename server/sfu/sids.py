"""Names of rooms, participants and tracks that nobody can guess; clients check their beginnings."""

import secrets
import string

_LETTERS = string.ascii_letters + string.digits
_LENGTH = 12


def new_sid(prefix: str) -> str:
    """``prefix`` and twelve random letters and digits: 71 bits."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
