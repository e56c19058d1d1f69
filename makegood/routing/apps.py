from django.apps import AppConfig


class RoutingConfig(AppConfig):
    name = "makegood.routing"
    label = "routing"
