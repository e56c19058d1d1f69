from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "makegood.alerts"
    label = "alerts"
