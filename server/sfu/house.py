"""What all rooms of one media server share."""

from dataclasses import dataclass

from server.sfu.dtls import Certificates
from server.sfu.forwarding import Forwarding
from server.sfu.limits import Limits
from server.sfu.port import Port
from server.sfu.tokens import Tokens
from server.sfu.webhooks import Webhooks


@dataclass(frozen=True, kw_only=True)
class House:
    limits: Limits
    tokens: Tokens
    webhooks: Webhooks
    port: Port
    certificates: Certificates
    forwarding: Forwarding
