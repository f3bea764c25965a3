"""Recurrent networks with memory in their connections: fast weights, associative LSTM, complex networks."""
