"""Copies and near-copies of what was heard: they stand under the first, with a count and a reach."""
