"""The forms of routing: a rule, and what a member takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.accounts import api as accounts
from makegood.clocks import api as clocks
from makegood.connectors.registry import CONNECTORS
from makegood.desk import api as desk
from makegood.listen import api as listen
from makegood.routing import api as routing
from makegood.triage import api as triage
from makegood.web.templatetags.makegood import BADGES, language_name, network_name

__all__ = [
    "FLAG_NAMES",
    "LANGUAGES",
    "SENTIMENT_NAMES",
    "SEVERITY_NAMES",
    "Offered",
    "ProfileForm",
    "RuleForm",
    "offered",
]

LANGUAGES = (
    *("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "no", "fi", "cs", "tr", "ru", "uk", "ar", "ja"),
    *("ko", "zh"),
)
SEVERITY_NAMES = {
    1: gettext_lazy("A problem is told, at least"),
    2: gettext_lazy("They disapprove, at least"),
    3: gettext_lazy("They accuse, at least"),
    4: gettext_lazy("They blame"),
}
SENTIMENT_NAMES = {
    "negative": gettext_lazy("Negative"),
    "neutral": gettext_lazy("Neutral"),
    "positive": gettext_lazy("Positive"),
}
FLAG_NAMES = {
    "abuse": gettext_lazy("Abusive"),
    "threat": gettext_lazy("A threat"),
    "spam": gettext_lazy("Spam or scam"),
    "sarcasm": gettext_lazy("Perhaps ironic"),
    "person": gettext_lazy("Asks for a person"),
}
MOST_LISTED = 200
Choices = list[tuple[Any, Any]]


@dataclass(frozen=True)
class Offered:
    """What a workspace has that rules may name, each by its key."""

    people: Mapping[int, str] = field(default_factory=dict)
    teams: Mapping[int, str] = field(default_factory=dict)
    policies: Mapping[int, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)
    queries: Mapping[int, str] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)


def offered(workspace: Any) -> Offered:
    """All of it. 7 queries."""
    channels = listen.Channel.objects.within(workspace).order_by("name")
    queries = listen.Query.objects.within(workspace).order_by("name")
    return Offered(
        people={each.user_id: str(each.user) for each in routing.workers(workspace)},
        teams={each.pk: each.name for each in accounts.teams(workspace)},
        policies={each.pk: each.name for each in clocks.all_policies(workspace)},
        channels=dict(channels.values_list("pk", "name")[:MOST_LISTED]),
        queries=dict(queries.values_list("pk", "name")[:MOST_LISTED]),
        topics=triage.topic_words(workspace),
    )


def _several(label: Any, **options: Any) -> Any:
    return forms.MultipleChoiceField(label=label, required=False, widget=forms.CheckboxSelectMultiple, **options)


def _numbers(label: Any) -> Any:
    return forms.TypedMultipleChoiceField(label=label, required=False, widget=forms.CheckboxSelectMultiple, coerce=int)


def _languages() -> Choices:
    return [(code, _("Chinese") if code == "zh" else language_name(code)) for code in LANGUAGES]


def _split(text: str) -> tuple[str, ...]:
    """Words or phrases, separated by commas or lines."""
    parts = (" ".join(part.split()) for part in re.split(r"[,;\n]", text))
    return tuple(dict.fromkeys(part for part in parts if part))


class RuleForm(forms.Form):
    """If these, then that."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    intents = _several(gettext_lazy("What it is"))
    severity = forms.TypedChoiceField(label=gettext_lazy("How bad"), coerce=int, required=False, empty_value=None)
    topics = _several(gettext_lazy("What it is about"))
    languages = _several(gettext_lazy("Language"))
    words = forms.CharField(
        label=gettext_lazy("It says"),
        required=False,
        max_length=2_000,
        help_text=gettext_lazy("Words or phrases with commas between; any is enough. “refund*” also finds refunds."),
    )
    urgencies = _several(gettext_lazy("Urgency"))
    sentiments = _several(gettext_lazy("How it sounds"))
    flags = _several(gettext_lazy("What stands out"))
    networks = _several(gettext_lazy("Network"))
    channels = _numbers(gettext_lazy("Channel"))
    queries = _numbers(gettext_lazy("Query that found it"))
    followers = forms.IntegerField(
        label=gettext_lazy("Followers, at least"), required=False, min_value=0, max_value=1_000_000_000
    )
    customer = forms.ChoiceField(label=gettext_lazy("Have they bought here?"), required=False)
    when = forms.ChoiceField(label=gettext_lazy("When it was heard"), required=False)

    how = forms.ChoiceField(label=gettext_lazy("Who gets it"), required=False, widget=forms.RadioSelect)
    person = forms.TypedChoiceField(label=gettext_lazy("Member"), coerce=int, required=False, empty_value=None)
    people = _numbers(gettext_lazy("Members"))
    teams = _numbers(gettext_lazy("Teams"))
    labels = forms.CharField(
        label=gettext_lazy("Put on these labels"),
        required=False,
        max_length=420,
        help_text=gettext_lazy("With commas between."),
    )
    urgency = forms.ChoiceField(label=gettext_lazy("It is at least so urgent"), required=False)
    policy = forms.TypedChoiceField(
        label=gettext_lazy("Its clocks run by"), coerce=int, required=False, empty_value=None
    )
    alert = forms.BooleanField(label=gettext_lazy("Tell the team"), required=False)
    go_on = forms.BooleanField(
        label=gettext_lazy("Then go on with the next rules"),
        required=False,
        help_text=gettext_lazy("Otherwise the first rule that fits is the last."),
    )

    FIRST = ("intents", "severity", "topics", "languages", "words")
    MORE = ("urgencies", "sentiments", "flags", "networks", "channels", "queries", "followers", "customer", "when")

    def __init__(self, there: Offered, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        urgencies = [(each.value, BADGES["urgency"][each.value][1]) for each in triage.Urgency]
        choices: dict[str, Choices] = {
            "intents": [(each.value, BADGES["intent"][each.value][1]) for each in triage.Intent],
            "severity": [("", _("Any")), *SEVERITY_NAMES.items()],
            "topics": list(there.topics.items()),
            "languages": _languages(),
            "urgencies": urgencies,
            "sentiments": list(SENTIMENT_NAMES.items()),
            "flags": list(FLAG_NAMES.items()),
            "networks": [(name, network_name(name)) for name in sorted(CONNECTORS)],
            "channels": list(there.channels.items()),
            "queries": list(there.queries.items()),
            "customer": [
                ("", _("All the same")), ("yes", _("Yes, as far as we know")), ("no", _("No, as far as we know")),
            ],
            "when": [
                ("", _("Whenever")), ("open", _("In business hours")), ("closed", _("Outside business hours")),
            ],
            "how": [(how, how) for how in ("", "person", "least", "skill")],
            "person": [("", _("Choose one")), *there.people.items()],
            "people": list(there.people.items()),
            "teams": list(there.teams.items()),
            "urgency": [("", _("As it was read")), *urgencies[:2]],
            "policy": [("", _("The first policy that fits")), *there.policies.items()],
        }  # fmt: skip
        for name, rows in choices.items():
            one = self.fields[name]
            assert isinstance(one, forms.ChoiceField)
            one.choices = [*rows, *_gone(self.initial.get(name), rows)]

    def first(self) -> list[Any]:
        """The conditions that are asked most."""
        return self._shown(self.FIRST)

    def more(self) -> list[Any]:
        """The other conditions, without those that offer nothing."""
        return self._shown(self.MORE)

    def more_is_used(self) -> bool:
        """Whether any of the others is filled in or wrong."""
        return any(self[name].value() or self[name].errors for name in self.MORE)

    def _shown(self, names: Iterable[str]) -> list[Any]:
        rows = (self[name] for name in names)
        return [row for row in rows if not hasattr(row.field, "choices") or list(row.field.choices)]

    def wish(self) -> routing.Wish:
        """What `routing.save_rule` takes."""
        data = self.cleaned_data
        return routing.Wish(
            name=data["name"],
            conditions=routing.Conditions(
                intents=tuple(data["intents"]),
                severity=data["severity"] or 0,
                urgencies=tuple(data["urgencies"]),
                topics=tuple(data["topics"]),
                sentiments=tuple(data["sentiments"]),
                flags=tuple(data["flags"]),
                languages=tuple(data["languages"]),
                networks=tuple(data["networks"]),
                channels=tuple(data["channels"]),
                queries=tuple(data["queries"]),
                words=_split(data["words"]),
                followers=data["followers"] or 0,
                customer=data["customer"],
                when=data["when"],
            ),
            actions=routing.Actions(
                assign=routing.Assign(data["how"], data["person"], tuple(data["people"]), tuple(data["teams"])),
                labels=_split(data["labels"]),
                policy=data["policy"],
                urgency=data["urgency"],
                alert=data["alert"],
            ),
            go_on=data["go_on"],
        )

    @staticmethod
    def initial_of(row: routing.RoutingRule) -> dict[str, Any]:
        """What the form shows of a rule."""
        rule = routing.rule_of(row)
        asked, wanted = rule.conditions, rule.actions
        shown = {name: getattr(asked, name) for name in (*RuleForm.FIRST, *RuleForm.MORE)}
        shown |= {
            "words": ", ".join(asked.words),
            "severity": asked.severity or "",
            "followers": asked.followers or None,
        }
        assign = wanted.assign
        given = {"how": assign.how, "person": assign.person, "people": assign.people, "teams": assign.teams}
        done = {"urgency": wanted.urgency, "policy": wanted.policy, "alert": wanted.alert}
        labels = ", ".join(wanted.labels)
        return {**shown, **given, **done, "labels": labels, "name": row.name, "go_on": row.go_on}


def _gone(chosen: Any, rows: Choices) -> Choices:
    """What was chosen and is there no more stays chosen, so that saving does not widen a rule unseen."""
    known = {str(key) for key, _words in rows}
    several = chosen if isinstance(chosen, list | tuple) else [chosen]
    return [(each, _("%s (gone)") % each) for each in several if each not in (None, "") and str(each) not in known]


class ProfileForm(forms.Form):
    """What a member takes, when and how much."""

    takes = forms.BooleanField(
        label=gettext_lazy("Gets work by rules"),
        required=False,
        help_text=gettext_lazy("Off: only rules that name them alone give them something."),
    )
    languages = _several(gettext_lazy("Languages"), help_text=gettext_lazy("None: nothing is said about it."))
    topics = _several(gettext_lazy("Knows about"), help_text=gettext_lazy("None: nothing is said about it."))
    hours = forms.ChoiceField(label=gettext_lazy("Works"), required=False)
    most_open = forms.IntegerField(
        label=gettext_lazy("At most at once"),
        required=False,
        min_value=1,
        max_value=1_000,
        help_text=gettext_lazy("Conversations that need an answer. Empty: no limit."),
    )
    away_until = forms.DateField(
        label=gettext_lazy("Away until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("The last day of it. Empty: here."),
    )

    def __init__(self, workspace: Any, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.rows = {str(row.pk): row for row in clocks.all_hours(workspace)}
        choices: dict[str, Choices] = {
            "languages": _languages(),
            "topics": [one for one in triage.topic_words(workspace).items() if one[0] != "other"],
            "hours": [("", _("When the shop is open")), *((key, row.name) for key, row in self.rows.items())],
        }
        for name, rows in choices.items():
            one = self.fields[name]
            assert isinstance(one, forms.ChoiceField)
            one.choices = [*rows, *_gone(self.initial.get(name), rows)]

    def wish(self) -> routing.Profile:
        """What `routing.save_profile` takes."""
        data = self.cleaned_data
        return routing.Profile(
            takes=data["takes"],
            topics=tuple(data["topics"]),
            languages=tuple(data["languages"]),
            hours=self.rows.get(data["hours"]),
            most_open=data["most_open"],
            away_until=data["away_until"],
        )

    @staticmethod
    def initial_of(row: routing.WorkProfile) -> dict[str, Any]:
        """What the form shows of a member."""
        names = ("takes", "topics", "languages", "most_open", "away_until")
        return {name: getattr(row, name) for name in names} | {"hours": str(row.hours_id or "")}


def labels_of(workspace: Any) -> list[str]:
    """The labels there are, to choose from."""
    return [label.name for label in desk.labels(workspace)]
