"""Access tokens: who made them, whether they still stand, and fresh ones for those who are inside.

Source: RFC 7519 with HMAC-SHA-256; ``iss`` is the name of the key, ``sub`` the holder's identity, ``video`` the grants.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Mapping

import jwt
import msgspec

from rooms.media.grants import Grants, Permission, read_grants, write_grants
from server.kernel.refused import Refused

_LEEWAY_S = 60
"""Clocks of the signer and of this machine may differ by so much."""
_MOST_REVOKED = 100_000
EVERYBODY = ""
"""In place of an identity: all the holders of tokens for a room."""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a valid token says."""

    key: str
    identity: str = ""
    name: str = ""
    metadata: str = ""
    attributes: dict[str, str] = {}
    grants: Grants = Grants()
    issued_s: int = 0
    """Unix time from which the token is valid; 0 when it does not say."""
    unknown: str = ""
    """The name of a claim that asks for what this server does not do: such a token lets nobody in."""


class Tokens:
    """Verifies tokens against the keys of this installation, and remembers which are void before their time."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = dict(keys)
        self._revoked: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._permitted: OrderedDict[tuple[str, str], tuple[int, Permission]] = OrderedDict()

    def verify(self, token: str) -> Claims:
        """What ``token`` says.

        Raises: ``Refused("bad_token")`` when it is malformed, signed by nobody we know, expired or not valid yet, or never expires.
        """
        try:
            key = jwt.decode(token, options={"verify_signature": False}, algorithms=["HS256"]).get("iss")
            if not isinstance(key, str) or key not in self._keys:
                raise Refused("bad_token")
            claims = jwt.decode(token, self._keys[key], algorithms=["HS256"], leeway=_LEEWAY_S, options={"require": ["exp", "iss"]})
            return _read(key, claims)
        except (jwt.PyJWTError, msgspec.ValidationError, ValueError, RecursionError):
            # From None: the reason would quote the token.
            raise Refused("bad_token") from None

    def stands(self, claims: Claims, room: str) -> bool:
        """Whether ``claims`` were made after the last revocation for their holder in ``room``."""
        voided_s = max(self._revoked.get((room, claims.identity), -1), self._revoked.get((room, EVERYBODY), -1))
        return claims.issued_s > voided_s

    def revoke(self, room: str, identity: str) -> None:
        """Every token that ``identity`` (or ``EVERYBODY``) holds for ``room`` is void; one made in a later second is not."""
        self._revoked[room, identity] = int(time.time())
        self._revoked.move_to_end((room, identity))
        while len(self._revoked) > _MOST_REVOKED:
            self._revoked.popitem(last=False)

    def permit(self, room: str, identity: str, permission: Permission) -> None:
        """``permission`` holds for ``identity`` in ``room`` in the place of what older tokens say."""
        self._permitted[room, identity] = int(time.time()), permission
        self._permitted.move_to_end((room, identity))
        while len(self._permitted) > _MOST_REVOKED:
            self._permitted.popitem(last=False)

    def current(self, claims: Claims) -> Claims:
        """``claims`` with what was permitted or withdrawn since they were made: who comes back with an older token must not get back
        what was taken."""
        grants = claims.grants
        at_s, permission = self._permitted.get((grants.room, claims.identity), (-1, grants.permission))
        if claims.issued_s > at_s:
            return claims
        return msgspec.structs.replace(claims, grants=msgspec.structs.replace(grants, permission=permission))

    def fresh(self, claims: Claims, permission: Permission, life_s: int) -> str:
        """A token with which the holder of ``claims``, who is inside with ``permission``, may come back for ``life_s`` seconds.

        What else ``claims`` tell of them, it repeats.
        """
        now_s = math.floor(time.time())
        made = {
            "iss": claims.key,
            "sub": claims.identity,
            "name": claims.name,
            "metadata": claims.metadata,
            "attributes": claims.attributes,
            "nbf": now_s,
            "exp": now_s + life_s,
            "video": write_grants(claims.grants.room, permission),
        }
        return jwt.encode(made, self._keys[claims.key], algorithm="HS256")

    def sign(self, sha256: str, life_s: int = 300) -> str:
        """A token that vouches for a message by its digest (base64), signed with the first key."""
        key, secret = next(iter(self._keys.items()))
        now_s = math.floor(time.time())
        return jwt.encode({"iss": key, "nbf": now_s, "exp": now_s + life_s, "sha256": sha256}, secret, algorithm="HS256")


class _Claims(msgspec.Struct, rename="camel"):
    sub: str = ""
    name: str = ""
    metadata: str = ""
    attributes: dict[str, str] | None = None
    video: dict[str, object] | None = None
    nbf: float | None = None
    iat: float | None = None
    kind: str = ""
    room_preset: str = ""
    room_config: dict[str, object] | None = None


def _read(key: str, claims: dict[str, object]) -> Claims:
    read = msgspec.convert(claims, _Claims)
    issued_s = read.nbf if read.nbf is not None else read.iat
    return Claims(
        key=key,
        identity=read.sub,
        name=read.name,
        metadata=read.metadata,
        attributes=read.attributes or {},
        grants=read_grants(read.video or {}),
        issued_s=int(issued_s or 0),
        unknown=_unknown(read),
    )


def _unknown(read: _Claims) -> str:
    asked = {"kind": read.kind not in ("", "standard"), "roomPreset": read.room_preset, "roomConfig": read.room_config}
    return next((name for name, there in asked.items() if there), "")
