"""The messages of the ``/live`` websocket, defined once; TypeScript types and PROTOCOL.md are generated from here."""
