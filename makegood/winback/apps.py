from django.apps import AppConfig


class WinbackConfig(AppConfig):
    name = "makegood.winback"
    label = "winback"
