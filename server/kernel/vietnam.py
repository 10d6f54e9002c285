"""The time of Viet Nam."""

from datetime import timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""The same all year, and since 1975: nothing has to be looked up for it."""
