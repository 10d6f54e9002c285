"""What a token allows."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.media.grants import SOURCES, Permission, fits, read_grants, write_grants
from server.kernel.refused import Refused


def test_a_token_that_says_nothing_allows_nothing_but_what_a_participant_needs() -> None:
    grants = read_grants({})
    assert not grants.may_join() and not grants.create and not grants.list and not grants.may_rule("hall")
    assert grants.permission == Permission(publish=True, subscribe=True, publish_data=True, update_metadata=False, hidden=False)


def test_joining_needs_a_room() -> None:
    assert read_grants({"roomJoin": True, "room": "hall"}).may_join()
    assert not read_grants({"roomJoin": True}).may_join()
    assert not read_grants({"room": "hall"}).may_join()


def test_an_admin_rules_over_the_room_named_and_over_no_other() -> None:
    grants = read_grants({"roomAdmin": True, "room": "hall"})
    assert grants.may_rule("hall")
    assert not grants.may_rule("other")
    assert not read_grants({"roomAdmin": True}).may_rule("")


def test_sources_that_are_named_are_the_only_ones() -> None:
    permission = read_grants({"canPublishSources": ["camera", "SCREEN_SHARE"]}).permission
    assert [source for source in SOURCES if permission.may_publish(source)] == ["camera", "screen_share"]
    assert not permission.may_publish("unknown")


def test_without_sources_any_may_be_published() -> None:
    assert all(read_grants({"canPublish": True}).permission.may_publish(source) for source in (*SOURCES, "unknown"))


def test_who_may_not_publish_may_publish_no_source_either() -> None:
    permission = read_grants({"canPublish": False, "canPublishSources": ["camera"]}).permission
    assert not any(permission.may_publish(source) for source in (*SOURCES, "unknown"))


@pytest.mark.parametrize(
    "claim",
    [{"roomJoin": "true"}, {"room": 7}, {"canPublish": 1}, {"canPublishSources": "camera"}, {"canPublishSources": [1]}, {"hidden": []}],
)
def test_a_claim_of_the_wrong_type_makes_the_token_bad(claim: dict[str, object]) -> None:
    with pytest.raises(Refused, match="bad_token"):
        read_grants(claim)


def test_a_sound_cannot_call_itself_a_camera() -> None:
    assert fits("camera", "video") and fits("microphone", "audio") and fits("screen_share_audio", "audio")
    assert not fits("camera", "audio") and not fits("microphone", "video") and not fits("screen_share", "audio")


permissions = st.builds(
    Permission,
    publish=st.booleans(),
    sources=st.frozensets(st.sampled_from(list(SOURCES))),
    subscribe=st.booleans(),
    publish_data=st.booleans(),
    update_metadata=st.booleans(),
    hidden=st.booleans(),
    recorder=st.booleans(),
)


@given(permissions)
def test_who_comes_back_may_do_what_they_might_when_they_were_inside(permission: Permission) -> None:
    again = read_grants(write_grants("hall", permission))
    assert again.may_join() and again.permission == permission
    assert not again.admin and not again.create and not again.list


claims = st.dictionaries(
    st.sampled_from(["room", "roomJoin", "canPublish", "canPublishSources", "hidden", "roomAdmin", "other"]),
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=5) | st.integers(), max_size=3),
)


@given(claims)
def test_any_claims_are_read_or_refused(claims: dict[str, object]) -> None:
    with suppress(Refused):
        read_grants(claims)
