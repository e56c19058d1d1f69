from django.apps import AppConfig


class IdentifyConfig(AppConfig):
    name = "makegood.identify"
    label = "identify"
