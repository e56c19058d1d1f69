"""Who may open what: one line for every address, by its name.

A new page needs a line here. `Rule(right, methods, row)` says which right it asks for, which methods it takes and which
kind of row (see scene.py) its number names; the rest follows from the roles (makegood/accounts/rules.py).
"""

from __future__ import annotations

from makegood.accounts.api import Right
from tests.permissions.rule import BOTH, ELSEWHERE, GET, OWN, POST, Door, Rule
from tests.permissions.table_after import AFTER

__all__ = ["RULES"]

READ, SEE, WORK, NOTE = Right.READ, Right.SEE, Right.WORK, Right.NOTE
PROPOSE, ANSWER, SETTINGS = Right.PROPOSE, Right.ANSWER, Right.SETTINGS

DESK: dict[str, Rule] = {
    "today": Rule(SEE, GET),
    "inbox": Rule(SEE, GET),
    "inbox-list": Rule(SEE, GET),
    "conversation": Rule(SEE, GET, "conversation"),
    "desk-assess": Rule(WORK, POST, "conversation", data={"response": "let_stand"}),
    "desk-assign": Rule(WORK, POST, "conversation", data={"member": "", "because": "why"}),
    "desk-close": Rule(WORK, POST, "conversation"),
    "desk-reopen": Rule(WORK, POST, "conversation"),
    "desk-note": Rule(NOTE, POST, "conversation", data={"text": "Ask the courier, @Olga"}),
    "desk-label": Rule(WORK, POST, "conversation", data={"label": "late", "on": "1"}),
    "presence": Rule(SEE, POST, "conversation", data={"doing": "reading"}),
    "note-names": Rule(NOTE, GET, "conversation"),
    "conversation-share": Rule(Right.APPROVE, POST, "conversation", data={"user": "@other collaborator"}),
    "conversation-unshare": Rule(Right.APPROVE, POST, "conversation", data={"user": "@collaborator"}),
    "notices": Rule(SEE, GET),
    "notices-bell": Rule(SEE, GET),
    "notices-read": Rule(SEE, POST),
    "live": Rule(SEE, GET),
    "sample-add": Rule(Right.CONNECT, POST),
    "sample-remove": Rule(Right.CONNECT, POST),
}

REPLY: dict[str, Rule] = {
    "reply-draft": Rule(PROPOSE, POST, "conversation", data={"text": "We are"}),
    "reply-options": Rule(PROPOSE, POST, "conversation"),
    "reply-send": Rule(ANSWER, POST, "conversation", data={"text": "We are sorry!"}),
    "reply-propose": Rule(PROPOSE, POST, "conversation", data={"text": "We are sorry!"}),
    # It is not hers, and she may not send.
    "reply-undo": Rule(PROPOSE, POST, "reply", but={"collaborator": 403}),
    "reply-replan": Rule(ANSWER, POST, "reply"),
    "reply-retry": Rule(ANSWER, POST, "reply"),
    "reply-discard": Rule(ANSWER, POST, "reply"),
    "reply-approve": Rule(Right.APPROVE, POST, "reply"),
    "reply-decline": Rule(Right.APPROVE, POST, "reply"),
    "approvals": Rule(Right.APPROVE, GET),
    "approvals-count": Rule(Right.APPROVE, GET),
    "media-add": Rule(PROPOSE, POST, "conversation"),
    "media-show": Rule(SEE, GET, "picture"),
    "media-remove": Rule(PROPOSE, POST, "picture", loose=True),
    "canned": Rule(PROPOSE, GET),
    "canned-new": Rule(Right.APPROVE, BOTH),
    "canned-preview": Rule(PROPOSE, POST),
    "canned-edit": Rule(PROPOSE, BOTH, "canned response", asked={"POST": Right.APPROVE}),
    "canned-remove": Rule(Right.APPROVE, POST, "canned response"),
    "canned-choices": Rule(PROPOSE, GET, "conversation"),
    "promise-find": Rule(PROPOSE, POST, "conversation"),
    "tone-in-draft": Rule(PROPOSE, POST, "conversation", data={"text": "We are sorry!"}),
    "tone": Rule(PROPOSE, BOTH, asked={"POST": Right.APPROVE}),
    "promise-add": Rule(WORK, POST, "conversation"),
    "promise-keep": Rule(WORK, POST, "conversation", more={"promise": "@promise"}),
    "promise-move": Rule(WORK, POST, "conversation", more={"promise": "@promise"}),
    "promise-withdraw": Rule(WORK, POST, "conversation", more={"promise": "@promise"}),
}

MANY: dict[str, Rule] = {
    "bulk-list": Rule(WORK, GET),
    "bulk-do": Rule(WORK, POST),
    "bulk-keys": Rule(WORK, GET, loose=True),
    "bulk-choices": Rule(WORK, GET),
    "bulk-undo": Rule(WORK, POST, "bulk action"),
    "macros": Rule(WORK, GET),
    "macro-new": Rule(Right.APPROVE, BOTH),
    "macro-edit": Rule(WORK, BOTH, "macro", asked={"POST": Right.APPROVE}),
    "macro-remove": Rule(Right.APPROVE, POST, "macro"),
    "macro-choices": Rule(WORK, GET, "conversation"),
    "macro-run": Rule(WORK, POST, "conversation", more={"key": "@macro"}),
    "conversation-snooze": Rule(WORK, POST, "conversation"),
    "conversation-wake": Rule(WORK, POST, "conversation"),
}

CLOCKS: dict[str, Rule] = {
    "hours": Rule(READ, GET),
    "hours-new": Rule(SETTINGS, BOTH),
    "hours-regions": Rule(SETTINGS, GET),
    "hours-edit": Rule(SETTINGS, BOTH, "hours"),
    "hours-delete": Rule(SETTINGS, POST, "hours"),
    "hours-holidays": Rule(SETTINGS, POST, "hours"),
    "hours-day": Rule(SETTINGS, POST, "hours"),
    "hours-forget-day": Rule(SETTINGS, POST, "hours", more={"day": "@special day"}),
    "policies": Rule(READ, GET),
    "policy-new": Rule(SETTINGS, BOTH),
    "policy-preview": Rule(SETTINGS, POST),
    "policy-edit": Rule(SETTINGS, BOTH, "policy"),
    "policy-delete": Rule(SETTINGS, POST, "policy"),
    "policy-move": Rule(SETTINGS, POST, "policy"),
}

ROUTING: dict[str, Rule] = {
    "routing": Rule(WORK, GET),
    "routing-try": Rule(Right.APPROVE, POST, data={"labels": "late"}),
    "routing-rule-new": Rule(Right.APPROVE, BOTH),
    "routing-rule": Rule(Right.APPROVE, BOTH, "routing rule"),
    "routing-test": Rule(Right.APPROVE, GET, "routing rule"),
    "routing-switch": Rule(Right.APPROVE, POST, "routing rule"),
    "routing-move": Rule(Right.APPROVE, POST, "routing rule"),
    "routing-remove": Rule(Right.APPROVE, POST, "routing rule"),
    "routing-member": Rule(Right.APPROVE, BOTH, "member"),
}

ALERTS: dict[str, Rule] = {
    "health": Rule(READ, GET),
    "alerts": Rule(Right.CONNECT, GET),
    "alerts-propose": Rule(Right.CONNECT, POST),
    "alert-rule-new": Rule(Right.CONNECT, BOTH),
    "alert-rule": Rule(Right.CONNECT, BOTH, "alert rule"),
    "alert-rule-switch": Rule(Right.CONNECT, POST, "alert rule"),
    "alert-rule-remove": Rule(Right.CONNECT, POST, "alert rule"),
    "alert-preview": Rule(Right.CONNECT, POST, more={"trigger": "followers"}, loose=True),
    "alert-mail-new": Rule(Right.CONNECT, BOTH),
    "alert-service-new": Rule(Right.CONNECT, BOTH),
    "alert-test": Rule(Right.CONNECT, POST, "alert place"),
    "alert-test-state": Rule(Right.CONNECT, GET, "alert place"),
    "alert-place-remove": Rule(Right.CONNECT, POST, "alert place"),
    "reach": Rule(SEE, GET),
    "reach-mail": Rule(SEE, POST, data={"active": "1"}),
    "reach-service-new": Rule(SEE, BOTH),
    "reach-browser-new": Rule(SEE, POST, data={"subscription": "{}"}),
    "reach-test": Rule(SEE, POST, "owner's way", but=OWN),
    "reach-state": Rule(SEE, GET, "owner's way", but=OWN),
    "reach-remove": Rule(SEE, POST, "owner's way", but=OWN),
    "push-worker": Rule(Door.OPEN, GET, loose=True),
}

CASES: dict[str, Rule] = {
    "cases": Rule(READ, GET),
    # Which conversation it is about stands in what is asked with it.
    "case-new": Rule(WORK, BOTH, loose=True),
    "case-choose": Rule(WORK, GET, loose=True),
    "case-join": Rule(WORK, POST, data={"conversation": "@unshared", "case": "@case"}, but={"stranger": 404}),
    "case": Rule(READ, GET, "case"),
    "case-edit": Rule(WORK, BOTH, "case"),
    "case-end": Rule(WORK, BOTH, "case"),
    "case-reopen": Rule(WORK, POST, "case"),
    "case-find": Rule(WORK, GET, "case"),
    "case-add": Rule(WORK, POST, "case", data={"conversation": "@unshared"}),
    "case-take-out": Rule(WORK, POST, "case", data={"conversation": "@conversation"}),
    "case-merge": Rule(WORK, POST, "case", data={"case": "@merged case"}),
    "case-undo-merge": Rule(WORK, POST, "merged case"),
    "case-split": Rule(WORK, POST, "case"),
    "case-suggestion-take": Rule(WORK, POST, "suggestion"),
    "case-suggestion-decline": Rule(WORK, POST, "suggestion"),
    "case-side": Rule(READ, GET, "conversation"),
}

AT_THE_DESK: dict[str, Rule] = {
    "order-side": Rule(READ, GET, "conversation"),
    "order-policy": Rule(READ, GET, "conversation", more={"order": "@order"}),
    "order-find": Rule(WORK, GET, "conversation"),
    "order-link": Rule(WORK, POST, "conversation", data={"order": "@order"}),
    "order-unlink": Rule(WORK, POST, "conversation", data={"order": "@order"}),
    "remedy-side": Rule(READ, GET, "conversation"),
    "remedy-wish": Rule(READ, BOTH, "conversation", asked={"POST": WORK}, data={"text": "A new one"}),
    "remedy-form": Rule(ANSWER, BOTH, "conversation", more={"kind": "apology"}),
    "remedy-judge": Rule(ANSWER, POST, "conversation", more={"kind": "apology"}),
    "outcome-keep": Rule(ANSWER, POST, "conversation", data={"answer": "made_right"}),
    "outcome-ask": Rule(ANSWER, POST, "conversation"),
    "remedy-tell": Rule(ANSWER, POST, "remedy"),
    "remedy-calendar": Rule(READ, GET, "remedy", loose=True),
    "remedy-do": Rule(ANSWER, POST, "remedy", more={"act": "again"}),
    "money-settings": Rule(READ, BOTH, asked={"POST": SETTINGS}),
}

CONTACTS: dict[str, Rule] = {
    "contacts": Rule(READ, GET),
    "contact": Rule(READ, GET, "contact"),
    "contact-describe": Rule(WORK, POST, "contact", data={"name": "Ann"}),
    "contact-address": Rule(WORK, POST, "contact", data={"value": "ann@example.com", "basis": "told"}),
    "contact-find": Rule(Right.APPROVE, GET, "contact"),
    # Who takes people apart changes what counts towards their limits.
    "contact-join": Rule(Right.APPROVE, POST, "contact", data={"other": "@joined contact"}),
    "contact-undo": Rule(Right.APPROVE, BOTH, "joined contact"),
    "contact-identity": Rule(Right.APPROVE, BOTH, "identity"),
    "contact-export": Rule(SETTINGS, POST, "contact"),
    "contact-erase": Rule(SETTINGS, POST, "contact"),
    "contact-suggestion-take": Rule(WORK, POST, "identity suggestion"),
    "contact-suggestion-decline": Rule(WORK, POST, "identity suggestion"),
    "contact-side": Rule(READ, GET, "conversation"),
    "contact-customers": Rule(WORK, GET, "conversation"),
    "contact-tie": Rule(WORK, POST, "conversation", data={"customer": "@customer", "basis": "told"}),
    "retention": Rule(READ, BOTH, asked={"POST": SETTINGS}),
    "outside-model": Rule(READ, GET),
    "outside-model-edit": Rule(SETTINGS, BOTH),
    "outside-model-labels": Rule(SETTINGS, POST),
    "outside-model-preview": Rule(SETTINGS, POST, data={"text": "Where is it?"}),
    "outside-model-try": Rule(SETTINGS, POST, data={"text": "Where is it?"}),
    "outside-model-switch": Rule(SETTINGS, POST, data={"on": "1"}),
    "outside-model-remove": Rule(SETTINGS, POST),
}

RESOLVE: dict[str, Rule] = {
    "decide": Rule(WORK, GET),
    "decide-count": Rule(WORK, GET),
    "decide-one": Rule(WORK, BOTH, "request"),
    # The link says itself for whom it is, and asks for sign-in.
    "decide-by-link": Rule(Door.OPEN, BOTH, more={"secret": "not-one-of-ours"}, loose=True),
    "ledger": Rule(Right.APPROVE, GET),
    "ledger-csv": Rule(Right.APPROVE, GET),
    "returns": Rule(WORK, GET),
    "return-one": Rule(WORK, BOTH, "return"),
    "authority": Rule(SETTINGS, BOTH),
    "reasons": Rule(SETTINGS, BOTH),
    "reason-change": Rule(SETTINGS, POST, "reason"),
    "return-policies": Rule(SETTINGS, GET),
    "return-policy-new": Rule(SETTINGS, BOTH),
    "return-policy": Rule(SETTINGS, BOTH, "return policy"),
    "return-policy-move": Rule(SETTINGS, POST, "return policy"),
    "remedy-words": Rule(SETTINGS, BOTH),
    "remedy-words-preview": Rule(SETTINGS, POST),
    "away": Rule(WORK, BOTH, asked={"POST": Right.APPROVE}),
    "away-end": Rule(WORK, POST, "delegate"),
}

LISTEN: dict[str, Rule] = {
    "start-brand": Rule(Right.LISTEN, BOTH),
    "queries": Rule(READ, GET),
    "query-new": Rule(Right.LISTEN, BOTH),
    "query-try": Rule(READ, POST),
    "query-estimate": Rule(READ, GET),
    "query-edit": Rule(READ, BOTH, "query", asked={"POST": Right.LISTEN}),
    "query-switch": Rule(Right.LISTEN, POST, "query"),
    "query-delete": Rule(Right.LISTEN, POST, "query"),
    "kept-posts": Rule(READ, GET),
    "kept-posts-switch": Rule(SETTINGS, POST, data={"on": "1"}),
    "query-history": Rule(READ, GET, "query"),
    "query-history-look": Rule(Right.LISTEN, POST, "query"),
    "query-history-stop": Rule(Right.LISTEN, POST, "query"),
    "sources": Rule(READ, GET),
    "source-new": Rule(Right.CONNECT, GET),
    "source-connect": Rule(Right.CONNECT, BOTH, more={"side": "shop", "kind": "woocommerce"}),
    "source-detail": Rule(READ, GET, "source"),
    "source-again": Rule(Right.CONNECT, BOTH, "source"),
    "source-pause": Rule(Right.CONNECT, POST, "source"),
    "source-resume": Rule(Right.CONNECT, POST, "source"),
    "source-remove": Rule(Right.CONNECT, POST, "source"),
    "source-subscribe": Rule(Right.CONNECT, POST, "source"),
    "order-file-new": Rule(Right.CONNECT, BOTH),
    "order-file-map": Rule(Right.CONNECT, BOTH, "orders file"),
    "order-file-preview": Rule(Right.CONNECT, POST, "orders file"),
    "order-file-forget": Rule(Right.CONNECT, POST, "orders file"),
    "channels": Rule(READ, GET),
    "channel-new": Rule(Right.CONNECT, GET),
    "channel-public": Rule(Right.CONNECT, POST),
    "channel-connect": Rule(Right.CONNECT, BOTH, more={"network": "bluesky"}),
    "channel-detail": Rule(READ, GET, "channel"),
    "channel-pause": Rule(Right.CONNECT, POST, "channel"),
    "channel-resume": Rule(Right.CONNECT, POST, "channel"),
    "channel-back": Rule(Right.CONNECT, GET, more={"network": "mastodon"}, loose=True),
    "channel-remove": Rule(Right.CONNECT, POST, "channel"),
    "channel-take-all": Rule(Right.CONNECT, POST, "feed"),
    "import-new": Rule(Right.LISTEN, BOTH),
    "import-detail": Rule(READ, GET, "import"),
    "import-map": Rule(Right.LISTEN, BOTH, "import"),
    "import-preview": Rule(Right.LISTEN, POST, "import"),
    "import-cancel": Rule(Right.LISTEN, POST, "import"),
}

PEOPLE: dict[str, Rule] = {
    "people": Rule(READ, GET),
    "people-invite": Rule(Right.INVITE, POST),
    "people-role": Rule(Right.INVITE, POST, "member", data={"role": "agent"}),
    # Whoever sees no other members may take nobody out but themselves.
    "people-remove": Rule(SEE, BOTH, "member", but={"collaborator": 404, ELSEWHERE: 404}),
    "people-revoke": Rule(Right.INVITE, POST, "invitation"),
    "people-learning": Rule(Right.INVITE, POST, "member", data={"learning": "1"}),
    "team-new": Rule(Right.INVITE, POST, data={"name": "Returns"}),
    "team-change": Rule(Right.INVITE, POST, "team", data={"name": "Returns"}),
    "team-remove": Rule(Right.INVITE, POST, "team"),
    "settings": Rule(SEE, BOTH, asked={"POST": Right.SETTINGS}),
    "settings-journal": Rule(Right.AUDIT, GET),
    "settings-profile": Rule(Door.SIGNED_IN, POST),
    "workspace-switch": Rule(Door.SIGNED_IN, POST, data={"workspace": "@workspace"}, but={"stranger": 404}),
}

# allauth's pages are about the one who asks alone; the rest is open so that people can come in at all.
DOORS: dict[str, Rule] = {
    # Its signature says whom a webhook is from; nobody is signed in.
    "hook": Rule(Door.OPEN, POST, more={"key": "not-one-of-ours"}, loose=True),
    **{
        name: Rule(Door.OPEN, BOTH, loose=True)
        for name in (
            "healthz",
            "metrics",
            "start",
            "account_login",
            "account_logout",
            "account_inactive",
            "account_signup",
            "account_reset_password",
            "account_reset_password_done",
            "account_reset_password_from_key_done",
            "account_confirm_login_code",
            "account_email_verification_sent",
            "mfa_authenticate",
            "mfa_login_webauthn",
        )
    },
    "invitation": Rule(Door.OPEN, BOTH, more={"secret": "@secret"}),
    "account_confirm_email": Rule(Door.OPEN, BOTH, more={"key": "no-such-key"}, loose=True),
    "account_reset_password_from_key": Rule(Door.OPEN, BOTH, more={"uidb36": "1", "key": "no-such-key"}, loose=True),
    **{
        name: Rule(Door.SIGNED_IN, BOTH, loose=True)
        for name in (
            "account_email",
            "account_reauthenticate",
            "account_change_password",
            "account_set_password",
            "mfa_index",
            "mfa_reauthenticate",
            "mfa_activate_totp",
            "mfa_deactivate_totp",
            "mfa_view_recovery_codes",
            "mfa_generate_recovery_codes",
            "mfa_download_recovery_codes",
            "mfa_list_webauthn",
            "mfa_add_webauthn",
            "mfa_reauthenticate_webauthn",
        )
    },
    "mfa_remove_webauthn": Rule(Door.SIGNED_IN, BOTH, "passkey", loose=True),
    "mfa_edit_webauthn": Rule(Door.SIGNED_IN, BOTH, "passkey", loose=True),
}

DESKS: dict[str, Rule] = DESK | REPLY | MANY | CASES | CLOCKS | ROUTING | ALERTS
LEARNING: dict[str, Rule] = {
    "assess-questions": Rule(WORK, GET, "conversation"),
    "assess-answer": Rule(WORK, POST, "conversation", data={"question": "customer", "answer": "yes"}),
    "assess-conclude": Rule(WORK, POST, "conversation", data={"response": "let_stand"}),
    "travel": Rule(READ, GET, "conversation"),
    "copies": Rule(READ, GET, "conversation", more={"mention": "@mention"}),
    "copy-own": Rule(WORK, POST, "conversation", data={"copy": "1"}, more={"mention": "@mention"}),
    "assessments": Rule(READ, GET),
    "assessment-record": Rule(READ, GET, "assessment record"),
    "assessment-print": Rule(READ, GET, "assessment record"),
    "desk-correct": Rule(WORK, POST, "conversation", data={"head": "intent", "intent": "question"}),
    "desk-correct-undo": Rule(WORK, POST, "conversation", data={"correction": "1"}),
    "what-counts": Rule(SETTINGS, BOTH),
    "what-counts-undo": Rule(SETTINGS, POST),
    "topics": Rule(SETTINGS, GET),
    "topic-add": Rule(SETTINGS, POST),
    "topic-change": Rule(SETTINGS, POST),
    "topic": Rule(SETTINGS, GET, "topic"),
    "topic-teach": Rule(SETTINGS, POST, "topic"),
    "topic-forget": Rule(SETTINGS, POST, "topic"),
    "how-well": Rule(SETTINGS, GET),
    "retrain": Rule(SETTINGS, POST),
    "retrain-back": Rule(SETTINGS, POST),
}

RULES: dict[str, Rule] = DESKS | AT_THE_DESK | CONTACTS | RESOLVE | LISTEN | PEOPLE | LEARNING | DOORS | AFTER
