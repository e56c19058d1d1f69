"""Who may open what of what comes after the fix: winning back, praise, thanks. See table.py."""

from __future__ import annotations

from makegood.accounts.api import Right
from tests.permissions.rule import BOTH, ELSEWHERE, GET, POST, Door, Rule

__all__ = ["AFTER"]

READ, SEE, WORK, NOTE = Right.READ, Right.SEE, Right.WORK, Right.NOTE
PROPOSE, ANSWER, SETTINGS = Right.PROPOSE, Right.ANSWER, Right.SETTINGS

WINBACK: dict[str, Rule] = {
    "winback": Rule(READ, GET),
    "followup-settings": Rule(SETTINGS, BOTH),
    "followup-words": Rule(SETTINGS, BOTH),
    "followup-side": Rule(READ, GET, "conversation"),
    "followup-take": Rule(ANSWER, POST, "conversation"),
    "followup-let-be": Rule(ANSWER, POST, "conversation"),
    "followup-closing": Rule(ANSWER, POST, "conversation"),
    # The customer answers there; whoever has the link may, and sees who asks and nothing of what was said.
    "said": Rule(Door.OPEN, BOTH, more={"secret": "@said"}, loose=True),
}

AFTERCARE: dict[str, Rule] = {
    "aftercare": Rule(READ, GET),
    "aftercare-send": Rule(ANSWER, POST),
    "aftercare-mail": Rule(ANSWER, POST, "aftercare mail"),
    "aftercare-handled": Rule(WORK, POST, "aftercare trouble", data={"note": "sent another"}),
    "aftercare-settings": Rule(Right.APPROVE, BOTH),
    "aftercare-words": Rule(Right.APPROVE, BOTH),
    "aftercare-agreed": Rule(WORK, GET),
    "aftercare-list": Rule(Right.APPROVE, POST),
    "aftercare-one": Rule(WORK, POST, data={"address": "ann@example.com", "act": "look"}),
    # The customer answers and unsubscribes there; whoever has the link may, and sees nothing but which shop asks.
    "after": Rule(Door.OPEN, BOTH, more={"secret": "@after"}, loose=True),
    "after-stop": Rule(Door.OPEN, BOTH, more={"secret": "@after"}, loose=True),
}

JOURNEYS: dict[str, Rule] = {
    "winback-journeys": Rule(READ, GET),
    "journey": Rule(READ, GET, "journey"),
    "journey-tell": Rule(WORK, POST, "journey", data={"kind": "bought", "on": "2026-01-02", "note": "told us"}),
    "journey-withdraw": Rule(WORK, POST, "journey told"),
    "journey-side": Rule(READ, GET, "conversation"),
    "journey-case": Rule(READ, GET, "case"),
    "loyalty": Rule(READ, GET),
}

CAUSES: dict[str, Rule] = {
    "causes": Rule(READ, GET),
    "rises": Rule(READ, BOTH, asked={"POST": Right.APPROVE}),
    "cause": Rule(READ, GET, "cause"),
    "cause-new": Rule(WORK, BOTH),
    "cause-edit": Rule(WORK, BOTH, "cause"),
    "cause-decline": Rule(WORK, POST, "cause"),
    "cause-complaints": Rule(WORK, POST, "cause"),
    "cause-merge": Rule(WORK, POST, "cause"),
    "cause-fix": Rule(WORK, POST, "cause"),
    "cause-open": Rule(WORK, POST, "cause"),
    "cause-write": Rule(ANSWER, POST, "cause member"),
    "cause-side": Rule(READ, GET, "conversation"),
    "cause-put": Rule(WORK, POST, "conversation"),
}

THANKS: dict[str, Rule] = {
    "thanks": Rule(SEE, GET),
    "thanks-give": Rule(NOTE, POST, data={"reason": "She found the lost parcel"}),
    "thanks-points": Rule(SEE, GET),
    "thanks-board": Rule(NOTE, POST),
    "thanks-rewards": Rule(SEE, GET),
    "reward-ask": Rule(NOTE, POST, "reward"),
    # Only who asked can take it back.
    "reward-withdraw": Rule(
        NOTE, POST, "reward request", but=dict.fromkeys(("owner", "manager", "collaborator", ELSEWHERE), 404)
    ),
    "reward-decide": Rule(Right.APPROVE, POST, "reward request"),
    "thanks-manage": Rule(Right.APPROVE, GET),
    "thanks-budget": Rule(SETTINGS, POST, data={"currency": "EUR"}),
    "thanks-catalogue": Rule(Right.APPROVE, BOTH),
    "reward-change": Rule(Right.APPROVE, BOTH, "reward"),
    "thanks-rules": Rule(Right.APPROVE, BOTH, asked={"POST": SETTINGS}),
    "thanks-takes-part": Rule(Right.APPROVE, POST, "member"),
    "thanks-side": Rule(SEE, GET, "conversation"),
    "thanks-form": Rule(NOTE, BOTH, "conversation"),
}

SHOWING: dict[str, Rule] = {
    "wall": Rule(READ, BOTH, asked={"POST": SETTINGS}, data={"mode": "selected"}),
    "wall-show": Rule(WORK, POST, "wall praise"),
    "wall-hide": Rule(WORK, POST, "wall praise"),
    "wall-move": Rule(WORK, POST, "wall praise"),
    # Open to everybody once the shop has opened it; this one is closed.
    "wall-public": Rule(Door.OPEN, GET, more={"slug": "matrix-wall"}, loose=True),
    "wall-snippet": Rule(Door.OPEN, GET, more={"slug": "matrix-wall"}, loose=True),
    "wall-data": Rule(Door.OPEN, GET, more={"slug": "matrix-wall"}, loose=True),
    "advocates": Rule(READ, GET),
    "advocate-decide": Rule(WORK, POST, "advocate", data={"is": "1"}),
    "advocate-thank": Rule(ANSWER, POST, "advocate"),
    "referrals": Rule(READ, BOTH, asked={"POST": WORK}, data={"name": "Ada", "target": "https://shop.example/"}),
    "referral": Rule(READ, BOTH, "short link", asked={"POST": WORK}, data={"do": "hand"}),
    # It sends everybody on to the shop's page.
    "short-link": Rule(Door.OPEN, GET, more={"code": "matrix"}, loose=True),
}

PRAISE: dict[str, Rule] = {
    "praise": Rule(READ, GET),
    "praise-settings": Rule(SETTINGS, BOTH),
    "shares": Rule(READ, GET),
    "share-change": Rule(ANSWER, POST, "share", data={"do": "undo"}),
    "share-picture": Rule(READ, GET, "share"),
    "praise-one": Rule(READ, GET, "wall praise"),
    # Who proposes answers may lay the words into one; but a collaborator sees no praise of what is not shared with her.
    "praise-thank": Rule(PROPOSE, POST, "wall praise", but={"collaborator": 404, ELSEWHERE: 404}),
    "praise-ask": Rule(PROPOSE, POST, "wall praise", data={"scope": "wall"}, but={"collaborator": 404, ELSEWHERE: 404}),
    "praise-stand": Rule(WORK, POST, "wall praise"),
    "praise-grant": Rule(WORK, POST, "wall praise", data={"scope": "wall", "message": "1"}),
    "praise-share": Rule(ANSWER, POST, "wall praise"),
    "praise-picture": Rule(ANSWER, GET, "wall praise"),
    "praise-answer": Rule(WORK, POST, "permission ask", data={"means": "not"}),
    "praise-permission": Rule(WORK, POST, "permission", data={"keep": "1"}),
    "praise-side": Rule(READ, GET, "conversation"),
}

AFTER: dict[str, Rule] = WINBACK | AFTERCARE | JOURNEYS | CAUSES | THANKS | SHOWING | PRAISE
