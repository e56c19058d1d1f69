"""Some days after it was resolved: asking whether it is, and what they answer on a page of their own."""
