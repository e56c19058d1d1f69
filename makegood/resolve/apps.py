from django.apps import AppConfig


class ResolveConfig(AppConfig):
    name = "makegood.resolve"
    label = "resolve"
