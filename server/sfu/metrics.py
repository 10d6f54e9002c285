"""What ``/metrics`` tells of signalling and media. Nothing here names a person, a room or an address."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import REGISTRY, Counter, Gauge, Metric
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from server.sfu.forwarding import Forwarding
    from server.sfu.port import Port

rooms = Gauge("sfu_rooms", "Rooms that are open")
participants = Gauge("sfu_participants", "Participants in all rooms")
sessions = Gauge("sfu_signal_sessions", "Signalling connections that are open")
sessions_cut = Counter("sfu_signal_sessions_cut", "Signalling connections cut by the server", ["reason"])
joins = Counter("sfu_joins", "Requests to join or to come back", ["outcome"])
signals_received = Counter("sfu_signals_received", "Signalling messages received", ["type"])
signals_sent = Counter("sfu_signals_sent", "Signalling messages sent")
signals_refused = Counter("sfu_signals_refused", "Signalling messages answered with a refusal", ["type", "reason"])
data_packets = Counter("sfu_data_packets", "Data packets of participants", ["outcome"])
calls = Counter("sfu_room_service_calls", "Calls of the Room Service", ["method", "outcome"])
webhooks = Counter("sfu_webhooks", "Webhooks", ["outcome"])


class MediaFigures(Collector):
    """The plain counters of one media port and its forwarding, read when they are asked for."""

    def __init__(self, port: "Port", forwarding: "Forwarding") -> None:
        self._port = port
        self._forwarding = forwarding
        REGISTRY.register(self)

    def collect(self) -> Iterator[Metric]:
        counters, forwarding = self._port.counters, self._forwarding
        totals = forwarding.sender.totals()
        yield GaugeMetricFamily("sfu_transports", "Peer connections that have not ended", len(self._port.transports))
        yield GaugeMetricFamily("sfu_tasks", "Tasks of the event loop", len(asyncio.all_tasks()))
        yield InfoMetricFamily("sfu_fanout", "The way packets go out", {"name": forwarding.sender.name})
        for name, told, value in (
            ("sfu_datagrams_in", "Datagrams received", counters.datagrams_in),
            ("sfu_bytes_in", "Bytes received", counters.bytes_in),
            ("sfu_datagrams_out", "Datagrams sent one by one", counters.datagrams_out),
            ("sfu_checks", "ICE checks answered", counters.checks),
            ("sfu_handshakes", "DTLS handshakes completed", counters.handshakes),
            ("sfu_faults", "Exceptions that nobody expected", counters.faults),
            ("sfu_packets_malformed", "Packets and parts of reports that could not be read", forwarding.malformed),
            ("sfu_packets_unknown", "Packets of no negotiated stream", forwarding.unknown),
            ("sfu_fanout_sent", "Packets sent to viewers", totals.sent),
            ("sfu_fanout_refused", "Packets for viewers that the system did not take", totals.refused),
            ("sfu_fanout_unprotected", "Packets for viewers that could not be protected", totals.unprotected),
            ("sfu_fanout_oversized", "Packets too long to be forwarded", totals.oversized),
            ("sfu_fanout_calls", "System calls made to send to viewers", totals.calls),
        ):
            yield CounterMetricFamily(name, told, value)
        drops = CounterMetricFamily("sfu_drops", "What was received and went no further", labels=["reason"])
        for reason, count in counters.drops.items():
            drops.add_metric([reason.value], count)
        yield drops
        ends = CounterMetricFamily("sfu_transport_ends", "Peer connections that ended by themselves", labels=["reason"])
        for why, count in counters.ends.items():
            ends.add_metric([why], count)
        yield ends

    def close(self) -> None:
        REGISTRY.unregister(self)
