"""`python -m tests.servers.install`: fetches what the real servers are made of, so that no test has to wait for it."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.servers.base import ServerUnavailable, install_npm
from tests.servers.llamacpp import install as install_llamacpp

FOLDERS = ("atproto", "vendure")


def main() -> int:
    """Always 0: a test that lacks its server says so itself."""
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
