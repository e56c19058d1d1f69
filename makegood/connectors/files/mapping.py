"""Guessing which column means what, from its name and what is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from makegood.connectors.files.shape import TARGETS
from makegood.connectors.tables import by_name, looks_like_date

__all__ = ["guess_mapping"]

# English, German, French, Spanish and Dutch, and the headings of common exports; the surest first.
_NAMES: dict[str, tuple[str, ...]] = {
    "text": (
        *(
            "text",
            "full_text",
            "message",
            "content",
            "body",
            "comment",
            "review",
            "review_text",
            "review_body",
        ),
        *(
            "post",
            "tweet",
            "post_text",
            "nachricht",
            "inhalt",
            "kommentar",
            "bewertungstext",
            "texte",
            "avis",
        ),
        *(
            "commentaire",
            "texto",
            "mensaje",
            "comentario",
            "resena",
            "tekst",
            "bericht",
            "description",
            "snippet",
        ),
    ),
    "posted_at": (
        *("posted_at", "created_at", "createdat", "published_at", "published", "date_published", "timestamp"),
        *("datetime", "date_time", "date", "time", "created", "post_date", "review_date", "datum", "zeit"),
        *(
            "zeitpunkt",
            "erstellt",
            "horodatage",
            "fecha",
            "hora",
            "aangemaakt",
            "published_date",
            "created_utc",
        ),
    ),
    "author_name": (
        *(
            "author_name",
            "author",
            "name",
            "user_name",
            "display_name",
            "reviewer",
            "from",
            "customer",
            "autor",
        ),
        *("verfasser", "benutzer", "auteur", "nom", "nombre", "naam", "author_displayname", "user"),
    ),
    "author_handle": (
        *("author_handle", "handle", "username", "screen_name", "user_screen_name", "author_username"),
        *("benutzername", "pseudo", "usuario", "gebruikersnaam", "account", "acct"),
    ),
    "author_id": ("author_id", "user_id", "userid", "authorid", "author_did", "did", "profile_id"),
    "id": (
        "id",
        "post_id",
        "tweet_id",
        "comment_id",
        "review_id",
        "message_id",
        "uri",
        "guid",
        "id_str",
        "status_id",
    ),
    "url": (
        "url",
        "link",
        "permalink",
        "post_url",
        "post_link",
        "tweet_url",
        "review_url",
        "href",
        "adresse",
        "lien",
    ),
    "network": (
        "network",
        "platform",
        "source",
        "channel",
        "netzwerk",
        "plattform",
        "kanal",
        "reseau",
        "red",
        "site",
    ),
    "language": ("language", "lang", "locale", "sprache", "langue", "idioma", "taal"),
    "rating": (
        "rating",
        "stars",
        "score",
        "star_rating",
        "bewertung",
        "sterne",
        "note",
        "valoracion",
        "estrellas",
    ),
    "title": (
        "title",
        "subject",
        "headline",
        "review_title",
        "titel",
        "betreff",
        "titre",
        "objet",
        "titulo",
        "asunto",
    ),
    "followers": (
        "followers",
        "followers_count",
        "follower_count",
        "author_followers",
        "abonnes",
        "seguidores",
    ),
    "parent_id": (
        "parent_id",
        "in_reply_to",
        "in_reply_to_id",
        "in_reply_to_status_id",
        "reply_to",
        "reply_to_id",
    ),
    "root_id": ("root_id", "thread_id", "conversation_id"),
}


def guess_mapping(columns: Sequence[str], samples: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """From each target that has a likely column to that column; each column serves once.

    Names decide; without a fitting one the wordiest column is the text and one full of dates is the date.
    """
    mapping = by_name(columns, {target: _NAMES[target] for target in TARGETS})
    free = [column for column in columns if column not in mapping.values()]
    if "posted_at" not in mapping:
        dated = [column for column in free if _share(column, samples, looks_like_date) > 0.8]
        if dated:
            mapping["posted_at"] = dated[0]
            free.remove(dated[0])
    if "text" not in mapping and free:
        wordiest = max(free, key=lambda column: _words(column, samples))
        if _words(wordiest, samples) >= 2:
            mapping["text"] = wordiest
    return {target: mapping[target] for target in TARGETS if target in mapping}


def _share(column: str, samples: Sequence[Mapping[str, str]], test: Callable[[str], bool]) -> float:
    values = [row[column] for row in samples if row.get(column, "").strip()]
    return sum(1 for value in values if test(value)) / len(values) if values else 0.0


def _words(column: str, samples: Sequence[Mapping[str, str]]) -> float:
    values = [row[column] for row in samples if row.get(column, "").strip()]
    return sum(len(value.split()) for value in values) / len(values) if values else 0.0
