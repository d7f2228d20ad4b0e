"""Other programs on the same work in the same run: one adapter file a peer, one table, one JSON."""
