"""The soak: the whole product for half an hour in bad weather, on two real networks, killed again and again.

`python -m tests.soak` runs it (`make soak`); README.md says what it does, what it checks, and what it cannot.
"""
