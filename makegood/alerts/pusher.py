"""Sends one web push, in a process of its own: `python -m makegood.alerts.pusher`.

Reads {"subscription", "data", "key", "subject", "ttl", "topic"} as JSON from its standard input and writes {"status",
"kept_from"} to its standard output: what the push service answered (0: nothing), and the host of a private network it
was kept from. The address comes from a browser, so it is fenced like `makegood.alerts.messenger`.
"""

from __future__ import annotations

import json
import sys

from makegood.alerts.messenger import Fence

__all__ = ["main"]

SECONDS = 20.0


def main() -> None:
    """One push, and the end."""
    asked = json.load(sys.stdin)
    import requests
    from pywebpush import WebPushException, webpush

    fence = Fence()
    fence.put_up()
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 3
    status = 0
    try:
        answer = webpush(
            asked["subscription"],
            data=asked["data"],
            vapid_private_key=asked["key"],
            vapid_claims={"sub": asked["subject"]},
            ttl=asked["ttl"],
            timeout=SECONDS,
            headers={"Topic": asked["topic"], "Urgency": "high"},
            requests_session=session,
        )
        status = answer.status_code if isinstance(answer, requests.Response) else 0
    except WebPushException as error:
        status = error.response.status_code if error.response is not None else 0
    except (OSError, ValueError):
        # requests' own errors are OSErrors.
        status = 0
    json.dump({"status": status, "kept_from": fence.kept_from}, sys.stdout)


if __name__ == "__main__":
    main()
