"""Pages and forms, one file a topic, behind one edge that every request passes."""
