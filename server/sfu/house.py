"""What all rooms of one media server share."""

from dataclasses import dataclass

from server.sfu.limits import Limits
from server.sfu.tokens import Tokens
from server.sfu.webhooks import Webhooks


@dataclass(frozen=True, kw_only=True)
class House:
    limits: Limits
    tokens: Tokens
    webhooks: Webhooks
