"""What ``/metrics`` tells of signalling. Nothing here names a person, a room or an address."""

from prometheus_client import Counter, Gauge

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
