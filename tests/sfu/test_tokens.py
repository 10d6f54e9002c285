"""Access tokens: whose they are, and when they no longer stand."""

import time

import jwt
import pytest
from livekit import api

from rooms.media.grants import Permission
from server.kernel.refused import Refused
from server.sfu.tokens import EVERYBODY, Claims, Tokens

KEY, SECRET = "key", "a secret of at least thirty-two letters"


def signed(secret: str = SECRET, algorithm: str = "HS256", **claims: object) -> str:
    now = int(time.time())
    full = {"iss": KEY, "sub": "p1", "nbf": now, "exp": now + 60, "video": {"room": "hall", "roomJoin": True}, **claims}
    return jwt.encode({name: value for name, value in full.items() if value is not None}, secret, algorithm=algorithm)


def test_the_tokens_of_livekits_own_library_are_understood() -> None:
    grants = api.VideoGrants(room_join=True, room="hall", can_publish=True, can_publish_sources=["camera"], can_publish_data=False)
    made = api.AccessToken(KEY, SECRET).with_identity("p1").with_name("N").with_metadata("m").with_attributes({"a": "b"})
    claims = Tokens({KEY: SECRET}).verify(made.with_grants(grants).to_jwt())
    assert (claims.identity, claims.name, claims.metadata, claims.attributes) == ("p1", "N", "m", {"a": "b"})
    assert claims.grants.may_join() and claims.grants.permission.sources == {"camera"}
    assert not claims.grants.permission.publish_data


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x.y.z",
        signed(secret="another secret of at least thirty-two letters"),
        signed(iss="stranger"),
        signed(iss=None),
        signed(exp=None),
        signed(exp=int(time.time()) - 120),
        signed(nbf=int(time.time()) + 100_000),
        signed(video={"roomJoin": "yes"}),
        signed(video="all"),
        signed(attributes=[1]),
        jwt.encode({"iss": KEY, "exp": 9_999_999_999}, "", algorithm="none"),
    ],
)
def test_what_nobody_we_know_has_signed_for_now_is_no_token(token: str) -> None:
    with pytest.raises(Refused, match="bad_token"):
        Tokens({KEY: SECRET}).verify(token)


def test_another_algorithm_is_no_way_around_the_signature() -> None:
    with pytest.raises(Refused, match="bad_token"):
        Tokens({KEY: SECRET}).verify(signed(secret=SECRET * 2, algorithm="HS512"))


def test_a_fresh_token_brings_its_holder_back_with_what_they_may_do_now() -> None:
    tokens = Tokens({KEY: SECRET})
    claims = tokens.verify(signed(name="N", video={"room": "hall", "roomJoin": True, "roomAdmin": True, "canPublish": True}))
    again = tokens.verify(tokens.fresh(claims, Permission(publish=False), 60))
    assert (again.identity, again.name, again.grants.room) == ("p1", "N", "hall")
    assert again.grants.permission == Permission(publish=False)
    assert not again.grants.admin


def test_a_revoked_token_stays_void_and_a_later_one_does_not() -> None:
    tokens = Tokens({KEY: SECRET})
    now = int(time.time())
    old, new = _issued(now - 5), _issued(now + 5)
    assert tokens.stands(old, "hall")
    tokens.revoke("hall", "p1")
    assert not tokens.stands(old, "hall")
    assert not tokens.stands(_issued(now), "hall")
    assert tokens.stands(new, "hall")
    assert tokens.stands(old, "another room")
    assert tokens.stands(_issued(now - 5, "p2"), "hall")


def test_the_end_of_a_room_voids_the_tokens_of_everybody() -> None:
    tokens = Tokens({KEY: SECRET})
    old = _issued(int(time.time()) - 5, "p2")
    tokens.revoke("hall", EVERYBODY)
    assert not tokens.stands(old, "hall")
    assert tokens.stands(old, "another room")


def test_a_token_that_does_not_say_when_it_was_made_is_void_after_a_revocation() -> None:
    tokens = Tokens({KEY: SECRET})
    undated = tokens.verify(signed(nbf=None))
    assert tokens.stands(undated, "hall")
    tokens.revoke("hall", "p1")
    assert not tokens.stands(undated, "hall")


def _issued(at_s: int, identity: str = "p1") -> Claims:
    return Claims(key=KEY, identity=identity, issued_s=at_s)
