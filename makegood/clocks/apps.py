from django.apps import AppConfig


class ClocksConfig(AppConfig):
    name = "makegood.clocks"
    label = "clocks"
