"""The traversal of the tree of choices: in tasks that any process can do, handed out in order, resumable."""
