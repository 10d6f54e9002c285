"""E-mail addresses and display names as people write them."""

import re
import unicodedata

from consultations.words import NAME_LIMIT, clean
from server.kernel.refused import Refused

LONGEST_EMAIL = 254  # RFC 5321 section 4.5.3.1.3

_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{1,62}[a-z0-9]")


def normalised_email(text: str) -> str:
    """The one form under which an e-mail address is stored and compared: lower case, the domain in ASCII.

    Raises: Refused ``bad_email``.
    """
    local, at, domain = unicodedata.normalize("NFKC", text).strip().lower().rpartition("@")
    try:
        email = f"{local}{at}{domain.encode('idna').decode('ascii') if domain else ''}"
    except UnicodeError:
        raise Refused("bad_email") from None
    if len(email) > LONGEST_EMAIL or ".." in local or _EMAIL.fullmatch(email) is None:
        raise Refused("bad_email")
    return email


def display_name(text: str) -> str:
    """A name to stand beside what one writes, made visible and short as every name is; it may be empty.

    Raises: Refused as ``consultations.words.clean`` does.
    """
    return clean(text, "name", NAME_LIMIT, lines=False, required=False)
