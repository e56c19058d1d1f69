"""Raw posts of the public stream, kept for a while, so that a new query can be tried on what was said before it.

`segments` are the files, `keeping` fills them from the listener, `sweeping` keeps them small and clean, `searching`
looks through them, and `flow` does so as work that stands in rows.
"""
