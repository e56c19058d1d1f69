"""The services alerts may go to, by the scheme of their Apprise address (https://github.com/caronc/apprise/wiki).

A list of what is let in, not of what is kept out: Apprise knows some 250 schemes, among them ones that run programs of
this machine, write to its log, or post in public, where a customer's words must not go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

__all__ = ["EXAMPLES", "SERVICES", "AddressError", "service_of"]

LONGEST = 2000
SERVICES: Mapping[str, str] = {
    "apprise": "Apprise", "apprises": "Apprise", "bark": "Bark", "barks": "Bark", "dingtalk": "DingTalk",
    "discord": "Discord", "feishu": "Feishu", "gchat": "Google Chat", "gotify": "Gotify", "gotifys": "Gotify",
    "guilded": "Guilded", "hassio": "Home Assistant", "hassios": "Home Assistant", "ifttt": "IFTTT",
    "join": "Join", "json": "Webhook", "jsons": "Webhook", "lark": "Lark", "line": "Line", "matrix": "Matrix",
    "matrixs": "Matrix", "mmost": "Mattermost", "mmosts": "Mattermost", "nctalk": "Nextcloud Talk",
    "nctalks": "Nextcloud Talk", "ntfy": "ntfy", "ntfys": "ntfy", "opsgenie": "Opsgenie",
    "pagerduty": "PagerDuty", "pbul": "Pushbullet", "pover": "Pushover", "prowl": "Prowl", "pushy": "Pushy",
    "rocket": "Rocket.Chat", "rockets": "Rocket.Chat", "schan": "ServerChan", "signal": "Signal",
    "signals": "Signal", "slack": "Slack", "synology": "Synology Chat", "synologys": "Synology Chat",
    "tgram": "Telegram", "threema": "Threema", "twilio": "Twilio", "twist": "Twist", "whatsapp": "WhatsApp",
    "wecombot": "WeCom", "workflow": "Microsoft Teams", "workflows": "Microsoft Teams", "wxteams": "Webex",
    "xml": "Webhook", "xmls": "Webhook", "zulip": "Zulip",
}  # fmt: skip
PAGES: Mapping[str, str] = {
    "hooks.slack.com": "Slack",
    "discord.com": "Discord",
    "discordapp.com": "Discord",
    "chat.googleapis.com": "Google Chat",
    "ntfy.sh": "ntfy",
}
"""Addresses as the services themselves give them out, which Apprise understands too."""
EXAMPLES = (
    ("ntfy", "ntfys://topic"),
    ("Slack", "slack://TokenA/TokenB/TokenC"),
    ("Telegram", "tgram://BotToken/ChatID"),
    ("Matrix", "matrixs://user:password@host/#room"),
    ("Microsoft Teams", "workflows://host/workflow/signature"),
    ("Webhook", "jsons://host/path"),
)
IN_PUBLIC = frozenset(
    ["bluesky", "bsky", "mastodon", "mastodons", "misskey", "misskeys", "nostr", "reddit", "toot", "toots"]
) | frozenset(["tweet", "twitter", "x"])
MAIL = frozenset({"mailto", "mailtos"})
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}")


class AddressError(ValueError):
    """An address no alert can go to: a sentence that says why and what to do."""


def service_of(address: str) -> str:
    """What the service at this address is called. Raises AddressError, which never repeats the address."""
    if not address:
        raise AddressError(_("Paste the address of the service."))
    if len(address) > LONGEST or re.search(r"[\s\x00-\x1f\x7f]", address):
        raise AddressError(
            _("This address has a space or line break in it, or is too long. Copy it again, as one line.")
        )
    scheme, mark, rest = address.partition("://")
    scheme = scheme.lower()
    if not mark or not rest or not _SCHEME.fullmatch(scheme):
        raise AddressError(_("This is no address of a service. It looks like ntfys://topic or slack://A/B/C."))
    if scheme in SERVICES:
        return SERVICES[scheme]
    if scheme == "https" and (name := _page(address)):
        return name
    if scheme in MAIL:
        raise AddressError(_("For mail, add a mail address instead; it goes out by Makegood’s own mail server."))
    if scheme in IN_PUBLIC:
        raise AddressError(
            _("That service posts in public. Alerts are about customers, so they only go where your team reads.")
        )
    raise AddressError(
        _("Alerts can’t go to “%(scheme)s” addresses. The list of services below says which can be used.")
        % {"scheme": scheme}
    )


def _page(address: str) -> str:
    try:
        return PAGES.get((urlsplit(address).hostname or "").lower(), "")
    except ValueError:
        return ""
