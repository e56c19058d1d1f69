"""`make bench-import`: a large file from the upload to conversations on the desk, in rows a second and memory taken.

The product as `make up` starts it, on SQLite; the file goes in by the page. Beside it, in the same run, the same file
by csv.reader and executemany into a bare SQLite table: what reading and storing cost without hearing once, sorting,
reasons, journal and conversations.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.imports.olga import DRIVER, Olga, watched
from tests.imports.rows import COLUMNS, write
from tests.operations.command import drive, up
from tests.servers.base import free_port

ROWS = int(os.environ.get("ROWS", "100000"))
OUT = Path(__file__).parent / "out" / "importing.json"


def ours(folder: Path, file: Path) -> dict[str, Any]:
    """The file through the product, until every row stands in a conversation."""
    with up(folder / "home", free_port()) as product:
        drive(product.env, DRIVER, "set-up")
        with Olga.signed_in(product.url) as olga, watched(product) as memory:
            begun = time.monotonic()
            found = drive(product.env, DRIVER, "settle", str(olga.upload(file)), "1800")
            seconds = time.monotonic() - begun
    assert found["conversations"] == ROWS, found
    return figures(seconds, memory.peak())


def plain(file: Path, database: Path) -> dict[str, Any]:
    """The same rows into one table, as fast as Python's own modules go."""
    begun = time.monotonic()
    with file.open(encoding="utf-8", newline="") as source, sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"CREATE TABLE post ({', '.join(COLUMNS)}, UNIQUE (id))")
        rows = csv.reader(source)
        next(rows)
        connection.executemany(f"INSERT INTO post VALUES ({', '.join('?' * len(COLUMNS))})", rows)
        connection.commit()
        (count,) = connection.execute("SELECT count(*) FROM post").fetchone()
    connection.close()
    assert count == ROWS, count
    # In kB on Linux (man 2 getrusage).
    return figures(time.monotonic() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def figures(seconds: float, peak: int) -> dict[str, Any]:
    """As they are printed and kept."""
    return {"seconds": round(seconds, 2), "rows_a_second": round(ROWS / seconds), "peak_mb": round(peak / 1e6, 1)}


def main() -> int:
    """Runs both and prints the figures."""
    with tempfile.TemporaryDirectory(prefix="makegood-bench-") as folder:
        file = write(Path(folder) / "posts.csv", ROWS)
        if sys.argv[1:] == ["plain"]:
            print(json.dumps(plain(file, Path(folder) / "plain.db")))
            return 0
        found = {"makegood": ours(Path(folder), file)}
        # In a process of its own, so that its memory is its own.
        said = subprocess.run([sys.executable, "-m", "benchmarks.importing", "plain"], capture_output=True, check=True)
        found["csv and executemany"] = json.loads(said.stdout)
    print(f"{ROWS} rows, from the upload to the last conversation")
    for name, row in found.items():
        print(f"  {name:<22}{row['seconds']:8.1f} s {row['rows_a_second']:8} rows a second {row['peak_mb']:8.1f} MB")
    ratio = round(found["makegood"]["seconds"] / found["csv and executemany"]["seconds"], 1)
    print(f"  Makegood takes {ratio} times as long as storing the bare rows")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"rows": ROWS, **found, "ratio": ratio}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
