"""The bounds that the settings choose, as the parts of a web process take them."""

from datetime import timedelta

from server.identity.signin import CodeRules
from server.realtime.limits import Limits
from server.settings import Settings
from server.store.identity import Lifetimes

WINDOW = timedelta(hours=1)
"""Within which requests of one kind are counted."""


def lifetimes(settings: Settings) -> Lifetimes:
    """How long sessions last."""
    return Lifetimes(
        official_idle=timedelta(seconds=settings.session_idle_official_s),
        official_whole=timedelta(seconds=settings.session_longest_official_s),
        citizen_idle=timedelta(seconds=settings.session_idle_citizen_s),
        citizen_whole=timedelta(seconds=settings.session_longest_citizen_s),
    )


def code_rules(settings: Settings) -> CodeRules:
    """How codes are given out and tried."""
    return CodeRules(
        lifetime=timedelta(seconds=settings.code_lifetime_s),
        tries=settings.code_tries,
        per_contact=settings.codes_per_contact_hour,
        per_address=settings.codes_per_address_hour,
        window=WINDOW,
    )


def limits(settings: Settings) -> Limits:
    """What one connection may do over the live socket."""
    return Limits(
        message_bytes=settings.live_message_bytes,
        messages_per_s=settings.live_messages_per_s,
        burst=settings.live_burst,
        connections_per_session=settings.live_connections_per_session,
        newcomers_per_minute=settings.live_newcomers_per_minute,
        hello_s=settings.live_hello_s,
        ping_s=settings.live_ping_s,
        session_check_s=settings.live_session_check_s,
        behind_bytes=settings.live_behind_bytes,
        behind_s=settings.live_behind_s,
    )
