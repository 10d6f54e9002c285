"""What a page is expected to show may take its time: the machine does other things too."""

from playwright.async_api import expect

expect.set_options(timeout=60_000)
