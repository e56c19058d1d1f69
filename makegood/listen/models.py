"""Where we hear (channels), what we listen for (queries), and what we heard (mentions)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped
from makegood.listen.replay.models import ReplayErasure, ReplayRun, ReplayWish

__all__ = [
    "Channel",
    "ChannelProblem",
    "Hearing",
    "ImportRun",
    "Mention",
    "MentionCopy",
    "MentionKey",
    "Query",
    "ReplayErasure",
    "ReplayRun",
    "ReplayWish",
    "SampledPost",
    "StreamCursor",
    "StreamShare",
]


class Channel(Scoped):
    """A place we hear from: a connected account, a public stream, a feed, an imported file."""

    class Kind(models.TextChoices):
        STREAM = "stream", _("public stream")
        ACCOUNT = "account", _("account")
        FEED = "feed", _("feed")
        IMPORT = "import", _("imported file")
        SAMPLE = "sample", _("sample shop")

    class State(models.TextChoices):
        WORKING = "working", _("working")
        TROUBLE = "trouble", _("in trouble")
        DISCONNECTED = "disconnected", _("disconnected")
        PAUSED = "paused", _("paused")

    network = models.CharField(max_length=30)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=1000, blank=True)
    url = models.CharField(max_length=1000, blank=True)
    secret = models.TextField(blank=True)
    """The account's credentials, encrypted."""
    facts = models.JSONField(default=dict)
    """What the server says about itself: its software and limits."""
    take_all = models.BooleanField(default=True)
    """Everything it brings is about us (an account, an alert feed); otherwise only what a query matches."""
    state = models.CharField(max_length=12, choices=State.choices, default=State.WORKING)
    created_at = models.DateTimeField(default=clock.now)
    last_heard_at = models.DateTimeField(null=True, blank=True)
    last_good_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    cursor = models.JSONField(default=dict)
    due_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "network", "kind", "address"], name="one_channel_an_address")
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="channel_due")]

    @property
    def is_sample(self) -> bool:
        """Whether it belongs to the sample shop."""
        return self.kind == self.Kind.SAMPLE


class ChannelProblem(Scoped):
    """Something a channel could not read, in a sentence. Equal sentences are counted, not repeated."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="problems")
    sentence = models.CharField(max_length=500)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(default=clock.now)
    last_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "sentence"], name="one_row_a_problem")]
        indexes = [models.Index(fields=["channel", "-last_at"], name="problem_newest")]


class Query(Scoped):
    """A saved search."""

    name = models.CharField(max_length=120)
    text = models.TextField()
    active = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    last_heard_at = models.DateTimeField(null=True, blank=True)


class Mention(Scoped):
    """Something heard, once, however often and wherever it was heard (see `Hearing`)."""

    class State(models.TextChoices):
        NEW = "new", _("new")
        SORTED = "sorted", _("sorted")
        FOLDED = "folded", _("copy of another")

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="mentions")
    network = models.CharField(max_length=30)
    network_id = models.CharField(max_length=1000)
    thread_id = models.CharField(max_length=1000)
    parent_id = models.CharField(max_length=1000, blank=True)
    author_id = models.CharField(max_length=500)
    author_name = models.CharField(max_length=300, blank=True)
    author_handle = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    text = models.TextField()
    posted_at = models.DateTimeField()
    heard_at = models.DateTimeField(default=clock.now)
    addressed = models.BooleanField(default=False)
    """They spoke to us: a mention, reply or quote of a connected account."""
    history = models.BooleanField(default=False)
    """Imported from long ago: kept and counted, but no clock runs."""
    activity = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.NEW)
    edited_at = models.DateTimeField(null=True, blank=True)
    look_at = models.DateTimeField(null=True, blank=True)
    """When to see whether it still stands as it was heard; null where the network tells by itself, or it is old."""
    deleted_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "network", "network_id"], name="hear_once"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state="new"), name="mention_new"),
            models.Index(fields=["network_id"], name="mention_by_network_id"),
            models.Index(fields=["author_id"], name="mention_by_author"),
            models.Index(fields=["look_at"], condition=models.Q(look_at__isnull=False), name="mention_to_look_at"),
            models.Index(fields=["id"], condition=models.Q(deleted_at__isnull=False), name="mention_deleted"),
            models.Index(fields=["workspace", "-heard_at"], name="mention_newest"),
            models.Index(fields=["workspace", "network", "posted_at", "id"], name="mention_by_age"),
            models.Index(fields=["channel", "-heard_at"], name="mention_by_channel"),
        ]


class MentionCopy(Scoped):
    """A mention that says what another has said before, in the same words or nearly: it stands under that one."""

    mention = models.OneToOneField(Mention, on_delete=models.CASCADE, related_name="copy")
    first = models.ForeignKey(Mention, on_delete=models.CASCADE, related_name="copies", db_index=False)
    """Never a copy itself."""
    author_id = models.CharField(max_length=500)
    followers = models.BigIntegerField(null=True)
    """Of its author, when it was heard; null where the network does not say."""
    likeness = models.PositiveSmallIntegerField()
    """In percent: 100 where the words are the same (see `folding.rules.likeness`)."""

    class Meta:
        indexes = [
            models.Index(fields=["first", "id"], name="copy_newest"),
            models.Index(fields=["first", "author_id", "id"], name="copy_by_author"),
        ]


class MentionKey(Scoped):
    """A hash by which copies of a mention are found, several each, as long as copies of it are looked for."""

    mention = models.ForeignKey(Mention, on_delete=models.CASCADE, related_name="keys")
    value = models.BigIntegerField()
    posted_at = models.DateTimeField()
    """When the mention was posted."""

    class Meta:
        indexes = [models.Index(fields=["workspace", "value"], name="key_by_value")]


class Hearing(Scoped):
    """Why and where a mention was heard: by which channel, for which query, by which words."""

    mention = models.ForeignKey(Mention, on_delete=models.CASCADE, related_name="hearings")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    query = models.ForeignKey(Query, on_delete=models.SET_NULL, null=True, related_name="+")
    query_name = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=300)
    terms = models.JSONField(default=list)
    """[[term, start, end], ...]: the words that made it match, by character offset in the text. A fourth item says that
    they stand elsewhere: in the title (the same offsets), or that `start` is the place of a tag among the post's tags.
    """
    heard_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mention", "channel", "query"], name="one_hearing_a_query"),
            models.UniqueConstraint(
                fields=["mention", "channel"], condition=models.Q(query__isnull=True), name="one_hearing_a_channel"
            ),
        ]
        indexes = [models.Index(fields=["query", "-heard_at"], name="hearing_by_query")]


class ImportRun(Scoped):
    """A file on its way in."""

    class State(models.TextChoices):
        MAPPING = "mapping", _("waiting for its columns")
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("stopped")

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="imports")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    filename = models.CharField(max_length=255)
    path = models.CharField(max_length=1000)
    sniffed = models.JSONField()
    mapping = models.JSONField(default=dict)
    recent_days = models.PositiveIntegerField(default=30)
    """Only posts younger than this ask for an answer; older ones are kept as history."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAPPING)
    position = models.JSONField(default=dict)
    bytes_total = models.BigIntegerField(default=0)
    bytes_done = models.BigIntegerField(default=0)
    rows_heard = models.BigIntegerField(default=0)
    rows_known = models.BigIntegerField(default=0)
    rows_refused = models.BigIntegerField(default=0)
    refusals = models.JSONField(default=list)
    sentence = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["state", "id"], name="import_due")]


class StreamCursor(models.Model):
    """How far a public stream was read. Not scoped: one connection serves every workspace."""

    address = models.CharField(max_length=500, unique=True)
    cursor = models.BigIntegerField()
    read_at = models.DateTimeField()
    received = models.BigIntegerField(default=0)


class StreamShare(models.Model):
    """How far one partition of the posts that wait at NATS was taken in. Not scoped: it serves every workspace."""

    partition = models.PositiveSmallIntegerField(unique=True)
    born = models.BigIntegerField()
    """When the stream at NATS was made, in microseconds since 1970: one made anew counts from 1 again."""
    sequence = models.BigIntegerField()


class SampledPost(models.Model):
    """A random share of a public stream, for trying a query out before saving it. Not scoped: it is public."""

    network = models.CharField(max_length=30)
    network_id = models.CharField(max_length=1000, unique=True)
    heard_at = models.DateTimeField()
    share = models.FloatField()
    """The probability with which a post was kept at that moment."""
    activity = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["network", "-heard_at"], name="sample_newest")]
