"""Memories with a shape: stack, queue, deque, tree, clusters."""
