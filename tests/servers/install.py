"""`python -m tests.servers.install`: fetches what the real servers are made of, and makes the database that tests copy,
so that no test has to wait for it.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from tests.migrated import kept
from tests.servers.base import ServerUnavailable, install_npm
from tests.servers.llamacpp import install as install_llamacpp

FOLDERS = ("atproto", "vendure")


def main() -> int:
    """Always 0: a test that lacks its server, or whose migrations fail, says so itself."""
    with suppress(RuntimeError), kept():
        pass
    for name in FOLDERS:
        try:
            install_npm(Path(__file__).parent / name)
        except ServerUnavailable as missing:
            print(f"{name}: {missing}")
    try:
        install_llamacpp()
    except ServerUnavailable as missing:
        print(f"llamacpp: {missing}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
