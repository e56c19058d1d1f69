"""Where orders are kept: one folder a kind of shop, HTTP and shapes only."""
