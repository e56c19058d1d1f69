"""First queries for a shop that has given no more than its name."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import regex

from makegood.listen.query.errors import QueryError
from makegood.listen.query.parsing import parse
from makegood.listen.query.text import handle_keys, host_key, spaceless, split, tag_key

__all__ = ["Proposal", "propose"]

MAX_BRAND = 60
MAX_HANDLE = 60
MAX_HANDLES = 5
REACH = 12
"""Words between a common name and what shows that the shop is meant: about a sentence."""
SHORT = 4
SHORT_SPACELESS = 2

SHOPPING = (
    "order* OR deliver* OR parcel OR package OR shipping OR shop OR store OR website OR bought OR "
    'purchase* OR refund* OR return* OR voucher OR discount OR "customer service"'
)
TROUBLE = (
    "complain* OR refund* OR broken OR damaged OR faulty OR wrong OR missing OR late OR waiting OR "
    "disappoint* OR terrible OR awful OR worst OR rude OR scam OR avoid OR "
    '"never arrived" OR "no reply" OR "customer service"'
)

# Everyday words and first names that shops are often called by: alone they mean something else most often.
COMMON_NAMES = """
acorn alma amber anchor angel anna apple apricot april arrow ash aspen atlas august aurora autumn avocado
bamboo banana basil beacon bean bear beauty bella berry birch bird bliss bloom blossom blue boots branch
brave bread breeze brick bridge bright brook bubble bumble butter butterfly button camellia candle canvas
caramel carrot castle cedar charlie cherry chestnut chocolate cinnamon circle citrus clay clementine cloud
clove clover coast cobalt coconut coffee comet compass copper coral corner cotton crown crystal current
daisy dandelion dawn delta diamond dream drift dune eagle earth echo eden elder element ember emerald emma
evergreen falcon feather fern field finch fire fjord flame flora flower focus forest forge fossil foundry
fountain fresh friday galaxy garden garlic gather ginger glow gold good grace grain granite grape green
grove habit happy harbor harbour harvest hazel hearth heather heritage hive holly home honey hope horizon
humble indigo iris island ivory jade jasmine jewel juniper keeper kettle kindred kite lantern lark
lavender leaf lemon light lilac lily lime linden linen lion lola lotus lucky lumen luna magnolia mango
maple marble mark market martha meadow mellow melon mercury midnight milk mineral mint mirror monday moon
moss mother mountain mustard nature needle nest nettle north nova oak oasis ocean olive opal orange orbit
orchard orchid otter owl palm panda paper parade parrot patch peach peacock pearl pebble pepper petal
phoenix pilot pine pineapple planet plum pocket polar poppy prairie primrose pumpkin pure purple quartz
queen quill rabbit radish rain rainbow raven reef ribbon ridge river robin rocket rooster root rose
rosemary ruby saffron sage sailor salt sand sapphire scarlet seed shell shore silk silver simple sky slate
smile snow sol sonic south spark sparrow spice spring spruce squirrel star stella stone storm strawberry
stream studio sugar summer sun sunday sunflower sunny swallow swan swift table tango target teapot temple
thistle thread thyme tide tiger timber toast topaz tulip turtle twig umber union urban valley vanilla
velvet venus victoria vine vintage violet walnut water wave west whale wheat whisk white wild willow wind
winter wolf wonder wood wool wren yellow zebra zen zest
"""
COMMON = frozenset(COMMON_NAMES.split())

# Sites that hold many people's pages: links to them say nothing about one shop.
SHARED_SITES = """
amazon.com behance.net bigcartel.com blogspot.com bsky.app depop.com discord.gg ebay.com etsy.com
facebook.com fb.com folksy.com github.io goo.gl google.com instagram.com linkedin.com linktr.ee
maps.google.com medium.com pinterest.com reddit.com substack.com threads.net tiktok.com tumblr.com
twitter.com wordpress.com x.com yelp.com youtube.com
"""
SHARED = frozenset(SHARED_SITES.split())

_APOSTROPHE = regex.compile(r"(?<=\p{L})['’ʼ](?=\p{L})")
_PLAIN = regex.compile(r"\p{L}[\p{L}\p{N}]*")
_QUOTES = regex.compile(r'[\s\p{C}"“”„‟«»＂]+')
_HANDLE = regex.compile(r"[\p{L}\p{N}_](?:[\p{L}\p{N}\p{M}_.@:-]*[\p{L}\p{N}_])?")
_TELLING = regex.compile(r"[\p{L}\p{N}]")
_GUESSED = regex.compile(r"[a-z0-9]{3,30}")


@dataclass(frozen=True)
class Proposal:
    """A query to begin with: what to call it, its text, and why it is made like this."""

    name: str
    text: str
    why: str


def propose(brand: str, website: str = "", handles: Sequence[str] = ()) -> list[Proposal]:
    """Queries for a shop, the most useful first; every text parses.

    `brand` is the shop's name as people write it, `website` its address with or without https://, `handles`
    its names on networks with or without @. What is empty or unusable is left out; with nothing usable the
    list is empty.
    """
    name = _QUOTES.sub(" ", brand).strip()[:MAX_BRAND].strip()
    keys = split(name)
    given = [f"@{key}" for handle in handles[:MAX_HANDLES] if (key := _handle(handle))]
    host = _site(website)
    if not keys:
        return [*_sure([], given, "Your handles"), *_links(host)]
    spellings = _spellings(name)
    sure = [*_tags(name), *(given or _guess(name))]
    if not _is_common(keys):
        about = _either([*spellings, *sure])
        guessed = " The handle is a guess: change it if yours differs." if not given and "@" in about else ""
        why = f"Finds your name in the ways people usually write it, also as a hashtag or a handle.{guessed}"
        return [Proposal(name, about, why), _trouble(spellings, sure), *_links(host)]
    named = _either(spellings) if len(spellings) == 1 else f"({_either(spellings)})"
    why = (
        f"{name} alone is a word people use for other things too, so this asks for a shopping word close by. "
        "Add the words your own customers use."
    )
    return [
        Proposal(f"{name}, as a shop", f"{named} NEAR/{REACH} ({SHOPPING})", why),
        *_sure(_tags(name), given or _guess(name), f"{name}, by hashtag or handle"),
        _trouble(spellings, sure),
        *_links(host),
    ]


def _sure(tags: list[str], handles: list[str], name: str) -> list[Proposal]:
    why = "Finds posts that name you by your hashtag or handle. Change those that are not yours."
    return [Proposal(name, _either([*tags, *handles]), why)] if tags or handles else []


def _trouble(spellings: list[str], sure: list[str]) -> Proposal:
    text = f"({_either([*spellings, *sure])}) AND ({TROUBLE})"
    why = "Finds your name together with words of trouble, so that a complaint is seen first."
    return Proposal("Complaints", text, why)


def _links(host: str) -> list[Proposal]:
    why = "Finds posts that link to your site, even those that never name you."
    return [Proposal(f"Links to {host}", f"site:{host}", why)] if host else []


def _either(terms: Iterable[str]) -> str:
    return " OR ".join(dict.fromkeys(terms))


def _spellings(name: str) -> list[str]:
    """The name, with and without accents and apostrophes, with "and" for &, each ready for a query."""
    forms = [name]
    if regex.search(r"\s[&+]\s", name):
        forms.append(regex.sub(r"\s[&+]\s", " and ", name))
    elif regex.search(r"\sand\s", name, flags=regex.IGNORECASE):
        forms.append(regex.sub(r"\sand\s", " & ", name, flags=regex.IGNORECASE))
    forms += [_unaccented(form) for form in forms]
    forms += [_APOSTROPHE.sub("", form) for form in forms]
    found: dict[tuple[str, ...], str] = {}
    for form in forms:
        if keys := split(form):
            plain = _PLAIN.fullmatch(form) is not None and form not in ("AND", "OR", "NOT", "NEAR", "ONEAR")
            found.setdefault(keys, form if plain else f'"{form}"')
    return list(found.values())


def _unaccented(text: str) -> str:
    """Latin, Greek and Cyrillic letters without their accents; elsewhere a mark makes another letter."""
    if any(spaceless(key) for key in split(text)):
        return text
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in apart if not "\u0300" <= c <= "\u036f"))


def _tags(name: str) -> list[str]:
    """The hashtags made of the name, with its own capitals; & as "and" and left out."""
    name = _APOSTROPHE.sub("", name)
    spoken = regex.sub(r"\s[&+]\s", " and ", name)
    found: dict[str, str] = {}
    for form in (spoken, name):
        joined = "".join(word[:1].upper() + word[1:] for word in regex.findall(r"[\p{L}\p{N}\p{M}_]+", form))
        if key := tag_key(joined):
            found.setdefault(key, f"#{joined}")
    return list(found.values())


def _guess(name: str) -> list[str]:
    """The handle a shop of this name most likely has, where the name can be one."""
    spoken = regex.sub(r"\s[&+]\s", " and ", _unaccented(name)).casefold()
    guessed = regex.sub(r"[\s\p{P}\p{S}]", "", spoken)
    return [f"@{guessed}"] if _GUESSED.fullmatch(guessed) else []


def _handle(handle: str) -> str:
    """A handle as it stands in a query, or "" for what cannot be one."""
    key = next(iter(handle_keys(handle)), "")
    return key if len(key) <= MAX_HANDLE and _HANDLE.fullmatch(key) and _TELLING.search(key) else ""


def _site(website: str) -> str:
    """The host of the shop's own site, or "" where there is none of its own."""
    address = website.strip()
    try:
        host = host_key(urlsplit(address if "://" in address else f"https://{address}").hostname or "")
    except ValueError:
        return ""
    if not host or host in SHARED:
        return ""
    try:
        parse(f"site:{host}")
    except QueryError:
        return ""
    return host


def _is_common(keys: tuple[str, ...]) -> bool:
    if any(spaceless(key) for key in keys):
        return len(keys) <= SHORT_SPACELESS
    return len(keys) == 1 and (len(keys[0]) <= SHORT or keys[0] in COMMON)
