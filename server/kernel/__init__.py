"""What every layer may know: ids, refusals, the envelope of an event. Standard library and msgspec only."""
