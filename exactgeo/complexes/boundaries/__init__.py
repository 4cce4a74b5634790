"""Decision boundaries: where a network's class changes, what it looks like, and how far it is."""
