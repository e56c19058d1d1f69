"""The words that lie ready: thanks for a praise, and the question for permission, which says exactly what for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.amplify.models import Scope
from makegood.amplify.praising.rules import PraiseError

__all__ = ["LONGEST_WORDS", "ask_words", "check_words", "thanks_words", "usual_words"]

LONGEST_WORDS = 500
_NAME = re.compile(r",? ?\{name\}")

ON_NETWORK = {
    "bluesky": gettext_lazy("repost it from our account here"),
    "mastodon": gettext_lazy("boost it from our account here"),
}
"""What passing a post on is called on each network; the usual words elsewhere."""
FOR = {
    Scope.RESHARE: gettext_lazy("share it from our own account"),
    Scope.WALL: gettext_lazy("show your words with your name on our website"),
    Scope.PICTURE: gettext_lazy("post your words with your name as a picture on our accounts"),
}


def thanks_words(name: str, reasons: Iterable[Sequence[str]]) -> str:
    """Thanks for a praise, as personal as its reasons let it be. A member reads and changes it before it goes out."""
    known = {str(code): str(value) for code, value in reasons}
    thanks = _("Thank you so much, %(name)s!") % {"name": name} if name else _("Thank you so much!")
    if person := known.get("person"):
        return f"{thanks} " + _("We pass it on to %(person)s: your words made our day.") % {"person": person}
    if product := known.get("product"):
        return f"{thanks} " + _("We are so glad that you like our %(product)s.") % {"product": product}
    if known.get("topic") == "delivery":
        return f"{thanks} " + _("We are so glad that it reached you well.")
    if "picture" in known:
        return f"{thanks} " + _("What a lovely picture!")
    return f"{thanks} " + _("Words like yours keep us going.")


def usual_words() -> str:
    """The question where the shop has no words of its own."""
    return _(
        "Thank you, {name}! May we {for}? A short yes is enough. You can take it back at any time: tell us, and it is"
        " gone within a day."
    )


def _purposes(scopes: Iterable[str], network: str) -> str:
    said = [
        str(ON_NETWORK.get(network, FOR[Scope.RESHARE]) if scope == Scope.RESHARE else FOR[Scope(scope)])
        for scope in scopes
    ]
    if len(said) < 2:
        return "".join(said)
    return _("%(first)s and %(last)s") % {"first": ", ".join(said[:-1]), "last": said[-1]}


def ask_words(own: Mapping[str, str], network: str, name: str, scopes: Sequence[str]) -> str:
    """The question for these scopes in the shop's words for the network, else its words for all, else ours."""
    words = own.get(network) or own.get("") or usual_words()
    said = words.replace("{for}", _purposes(scopes, network))
    return said.replace("{name}", name) if name else _NAME.sub("", said)


def check_words(words: str) -> str:
    """The shop's own question, tidied; "" stands for ours. Raises `PraiseError`."""
    said = words.strip()
    if len(said) > LONGEST_WORDS:
        raise PraiseError(_("The question has at most 500 characters. Shorten it."))
    if said and "{for}" not in said:
        raise PraiseError(_("Put {for} where the question says what you want to do with their words."))
    return said
