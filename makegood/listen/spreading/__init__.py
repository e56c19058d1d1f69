"""Listening with more than one process: over pipes on one machine, over NATS JetStream on several."""
