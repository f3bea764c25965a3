"""Floor 3: networks whose memory has a shape: stack, queue, deque, tree, clusters."""
