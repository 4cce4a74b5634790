"""The six definitions of linear regions in the literature, each in a module of its own."""
