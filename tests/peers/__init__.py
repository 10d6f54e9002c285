"""The real programs that tests run the product against, each a private instance on a socket or port of its own."""
