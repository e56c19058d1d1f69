"""Records the pairs that begin with `snac` anew: `python -m makegood.connectors.mastodon.tests.record`.

Look at the difference before you commit it: the second half of each pair is what our code makes of the first.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec

from makegood.connectors.mastodon.tests.pairing import PAIRS, VIEWS, ours
from tests.servers.snac import Snac, SnacUser, snac

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def write_posts(server: Snac, shop: SnacUser, ada: SnacUser) -> dict[str, dict[str, Any]]:
    """One post of each sort, by the name of its pair."""
    files = {"file": ("pot.png", PNG, "image/png")}
    picture = server.call(ada, "POST", "/api/v2/media", files=files, data={"description": "A blue pot"})
    text = f"@{shop.name} my pot broke & more #teapot https://example.com/a_b?c=d&e=f\n\nThird *day*"
    look: dict[str, Any] = {"media_ids": [picture["id"]], "spoiler_text": "Broken"}
    return {
        "snac-mention": server.post(ada, text),
        "snac-direct": server.post(ada, f"@{shop.name} 1 Tea Road", visibility="direct"),
        "snac-picture": server.post(ada, f"@{shop.name} look", **look),
    }


def main() -> None:
    """Starts a server, says something to a shop, and records how the shop is told."""
    with snac() as server:
        shop, ada = server.create_user(), server.create_user()
        posts = write_posts(server, shop, ada)
        server.told(shop, *posts.values())
        seen = {each["status"]["uri"]: each["status"] for each in server.notifications(shop) if each.get("status")}
        for name, post in posts.items():
            shown = json.dumps(seen[post["uri"]]).replace(server.host, VIEWS["snac"].host)
            theirs = json.loads(shown.replace(shop.name, "shop").replace(ada.name, "ada"))
            pair = {"theirs": theirs, "ours": msgspec.to_builtins(ours(name, theirs))}
            path = PAIRS / f"{name}.json"
            path.write_text(json.dumps(pair, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
