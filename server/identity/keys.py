"""Secrets handed out, their fingerprints, and what is derived from the server's one key."""

import hashlib
import hmac
import secrets
import unicodedata
from base64 import urlsafe_b64encode

CODE_DIGITS = 8
ERASED_CONTACT = "erased contact"
"""As what an address is known that was erased while something that it had voted on still went on."""
_SECRET_BYTES = 32


def new_secret() -> str:
    """256 random bits as 43 characters of base64url, for a cookie or a ticket."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def fingerprint(secret: str) -> bytes:
    """The 32 bytes that are stored in place of a secret. A secret of 256 random bits needs no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class Keys:
    """What only this site can compute. All its processes share ``key`` (at least 32 bytes), which is not in the database."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 32:
            raise ValueError("the key has fewer than 32 bytes")
        self._key = key

    def code(self, nonce: bytes) -> str:
        """The sign-in code of eight digits that belongs to a random nonce."""
        number = int.from_bytes(self._derive("code", nonce)[:16], "big") % 10**CODE_DIGITS
        return f"{number:0{CODE_DIGITS}}"

    def form_token(self, cookie: str) -> str:
        """What every form of a page holds to show that it came from a page of the browser with this cookie."""
        return urlsafe_b64encode(self._derive("form", cookie.encode("utf-8", "surrogatepass"))[:24]).decode()

    def subject(self, kind: str, value: str) -> bytes:
        """A contact or an address as the limits know it."""
        return self._derive(f"subject {kind}", value.encode("utf-8", "surrogatepass"))[:16]

    def room_link(self, link: bytes) -> str:
        """The secret of a guests' link, from what the database holds of it: 43 characters of base64url."""
        return urlsafe_b64encode(self._derive("room link", link)).decode().rstrip("=")

    def hall_code(self, room: int, hall: int, minute: int) -> str:
        """What the code that a hall shows in one minute holds: 22 characters of base64url."""
        return urlsafe_b64encode(self._derive("hall", f"{room} {hall} {minute}".encode())[:16]).decode().rstrip("=")

    def follow_link(self, follow: int, person: int) -> str:
        """The secret with which the reader of a letter ends this follow of this person's: 43 characters of base64url."""
        return urlsafe_b64encode(self._derive("follow", f"{follow} {person}".encode())).decode().rstrip("=")

    def reminders_link(self, person: int) -> str:
        """The secret with which a moderator ends the letters about what is overdue: 43 characters of base64url."""
        return urlsafe_b64encode(self._derive("reminders", str(person).encode())).decode().rstrip("=")

    def letters_link(self, person: int) -> str:
        """The secret with which the reader of a letter ends all such letters: 43 characters of base64url."""
        return urlsafe_b64encode(self._derive("letters", str(person).encode())).decode().rstrip("=")

    def _derive(self, purpose: str, value: bytes) -> bytes:
        return hmac.digest(self._key, purpose.encode() + b"\0" + value, "sha256")


def code_typed(typed: str) -> str | None:
    """The digits of a code as somebody may type it, with spaces, hyphens or full-width digits; nothing for what cannot be a code."""
    digits = "".join(unicodedata.normalize("NFKC", typed).replace("-", " ").split())
    return digits if len(digits) == CODE_DIGITS and digits.isascii() and digits.isdigit() else None


def same(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))
