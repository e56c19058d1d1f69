"""Where money moves: one folder a processor, HTTP and shapes only."""
