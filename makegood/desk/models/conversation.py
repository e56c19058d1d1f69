"""The threads we engage in, and the clock that runs on each."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Conversation", "Label", "Message", "Note"]


class Label(Scoped):
    """A word the shop sorts by."""

    name = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_label_a_name")]


class Conversation(Scoped):
    """One customer in one thread: what they said, what we said, and whose turn it is."""

    class Queue(models.TextChoices):
        NEEDS_ANSWER = "needs_answer", _("Needs an answer")
        WAITING = "waiting", _("Waiting for them")
        PRAISE = "praise", _("Praise")
        LET_STAND = "let_stand", _("Let stand")
        SNOOZED = "snoozed", _("Snoozed")
        CLOSED = "closed", _("Closed")

    network = models.CharField(max_length=30)
    thread_id = models.CharField(max_length=1000)
    author_id = models.CharField(max_length=500)
    author_name = models.CharField(max_length=300, blank=True)
    author_handle = models.CharField(max_length=300, blank=True)
    followers = models.PositiveIntegerField(null=True)
    excerpt = models.CharField(max_length=300)
    latest = models.ForeignKey("listen.Mention", on_delete=models.CASCADE, related_name="+")
    """Their newest utterance: what an answer goes to."""
    intent = models.CharField(max_length=12)
    urgency = models.CharField(max_length=10)
    response = models.CharField(max_length=15)
    least_urgency = models.CharField(max_length=10, blank=True)
    """What a rule raised it to: however harmless their next post reads, it is no less urgent than this."""
    language = models.CharField(max_length=12, blank=True)
    queue = models.CharField(max_length=14, choices=Queue.choices)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    team = models.ForeignKey("accounts.Team", on_delete=models.SET_NULL, null=True, related_name="+")
    assigned_because = models.CharField(max_length=200, blank=True)
    route_at = models.DateTimeField(null=True, default=clock.now)
    """When to see which rules it falls under; null once that is done."""
    policy = models.ForeignKey("clocks.SlaPolicy", on_delete=models.SET_NULL, null=True, related_name="+")
    """The policy that a rule chose for it; null: the first that fits."""
    case = models.ForeignKey("desk.Case", on_delete=models.SET_NULL, null=True, related_name="conversations")
    compare_at = models.DateTimeField(null=True, default=clock.now)
    """When to look for others that may belong to the same case; null once that is done."""
    snoozed_until = models.DateTimeField(null=True)
    snoozed_from = models.CharField(max_length=14, blank=True)
    """The queue it came from and returns to."""
    snoozed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    """Who put it off, and is told when it is back."""
    snooze_reason = models.CharField(max_length=200, blank=True)
    private_at = models.DateTimeField(null=True)
    """When we asked them into a private message, and a public closing line became due."""
    closing_line_at = models.DateTimeField(null=True)
    unsettled_at = models.DateTimeField(null=True)
    """Since when it is due to be asked after how it ended for them; null where that is known, or not due."""
    labels = models.ManyToManyField(Label, related_name="conversations")
    # The clock: from their post to our first answer. Null while nothing is owed.
    waiting_since = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer_seconds = models.PositiveBigIntegerField(null=True)
    in_time = models.BooleanField(null=True)
    last_message_at = models.DateTimeField()
    opened_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True)
    thread_wanted_at = models.DateTimeField(null=True)
    thread_read_at = models.DateTimeField(null=True)
    thread_problem = models.CharField(max_length=300, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "network", "thread_id", "author_id"], name="one_conversation_a_customer_and_thread"
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "queue", "due_at", "id"], name="conversation_due"),
            models.Index(fields=["workspace", "queue", "-last_message_at", "-id"], name="conversation_newest"),
            models.Index(fields=["workspace", "assignee", "queue", "due_at"], name="conversation_mine"),
            models.Index(fields=["workspace", "team", "queue", "due_at"], name="conversation_team"),
            models.Index(fields=["workspace", "opened_at"], name="conversation_opened"),
            models.Index(
                fields=["workspace", "author_id", "network", "last_message_at"], name="conversation_by_author"
            ),
            models.Index(fields=["workspace", "network", "last_message_at", "id"], name="conversation_by_last_word"),
            models.Index(
                fields=["workspace", "-last_message_at", "-id"],
                condition=models.Q(private_at__isnull=False, closing_line_at__isnull=True)
                | models.Q(unsettled_at__isnull=False),
                name="conversation_no_closing_line",
            ),
            models.Index(
                fields=["snoozed_until", "id"],
                condition=models.Q(snoozed_until__isnull=False),
                name="conversation_snoozed",
            ),
            models.Index(fields=["workspace", "answered_at"], name="conversation_answered"),
            models.Index(
                fields=["compare_at", "id"],
                condition=models.Q(compare_at__isnull=False),
                name="conversation_to_compare",
            ),
            models.Index(
                fields=["workspace", "route_at", "id"],
                condition=models.Q(route_at__isnull=False),
                name="conversation_to_route",
            ),
            models.Index(
                fields=["thread_wanted_at"],
                condition=models.Q(thread_wanted_at__isnull=False),
                name="conversation_thread_wanted",
            ),
        ]

    @property
    def author_label(self) -> str:
        """What to call them: their name, else their handle, else that nobody told us."""
        return self.author_name or self.author_handle or str(_("Somebody"))


class Message(Scoped):
    """One utterance in a conversation's thread: theirs, ours, or somebody else's around it."""

    class Direction(models.TextChoices):
        IN = "in", _("from the customer")
        OUT = "out", _("from us")
        CONTEXT = "context", _("from somebody else")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    network_id = models.CharField(max_length=1000)
    parent_id = models.CharField(max_length=1000, blank=True)
    direction = models.CharField(max_length=8, choices=Direction.choices)
    author_id = models.CharField(max_length=500)
    author_name = models.CharField(max_length=300, blank=True)
    author_handle = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    url = models.CharField(max_length=2000, blank=True)
    media = models.JSONField(default=list)
    posted_at = models.DateTimeField()
    mention = models.ForeignKey("listen.Mention", on_delete=models.SET_NULL, null=True, related_name="+")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    """Who of us wrote it, where we know."""
    visibility = models.CharField(max_length=10, default="public")
    warning = models.CharField(max_length=500, blank=True)
    edited_at = models.DateTimeField(null=True)
    revision = models.CharField(max_length=300, blank=True)
    """The network's version of it, where that tells on which server to look."""
    look_at = models.DateTimeField(null=True)
    """When to see whether a copy without a mention of its own still stands; null where its mention sees to that."""
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "network_id"], name="one_message_each")]
        indexes = [
            models.Index(fields=["conversation", "posted_at"], name="message_in_order"),
            models.Index(fields=["network_id"], name="message_by_network_id"),
            models.Index(fields=["look_at"], condition=models.Q(look_at__isnull=False), name="message_to_look_at"),
        ]

    @property
    def author_label(self) -> str:
        """What to call them: their name, else their handle, else that nobody told us."""
        return self.author_name or self.author_handle or str(_("Somebody"))


class Note(Scoped):
    """A word among colleagues; never sent to anyone."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["conversation", "at"], name="note_in_order")]
