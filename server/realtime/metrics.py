"""What ``/metrics`` tells of the live path. Nothing here names a person, an address or a topic."""

from prometheus_client import Counter, Gauge, Histogram

connections = Gauge("live_connections", "Live connections that are open")
followers = Gauge("live_followers", "Connections following a topic")
rejections = Counter("live_rejections", "Upgrades refused before they opened", ["reason"])
relayed = Gauge("relayed_connections", "Connections relayed to the media engine")
closings = Counter("live_closings", "Connections closed by the server", ["reason"])
commands = Counter("live_commands", "Commands answered", ["type", "outcome"])
rate_limited = Counter("live_rate_limited", "Messages and pings beyond the limit of rate")
frames = Counter("live_frames", "Frames written to readers", ["kind"])
tallies_skipped = Counter("live_tallies_skipped", "Tallies not written because the reader was behind; the newest follows")
resyncs = Counter("live_resyncs", "Readers cut because they fell too far behind", ["limit"])
resumes = Counter("live_resumes", "How followers were brought up to date", ["way"])
fan_out_seconds = Histogram("live_fan_out_seconds", "Time to write one change to all its readers")
bus_connected = Gauge("live_bus_connected", "Whether news between processes flows")
