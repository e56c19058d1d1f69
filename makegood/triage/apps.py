from django.apps import AppConfig


class TriageConfig(AppConfig):
    name = "makegood.triage"
    label = "triage"
