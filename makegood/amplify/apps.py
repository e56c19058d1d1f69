from django.apps import AppConfig


class AmplifyConfig(AppConfig):
    name = "makegood.amplify"
    label = "amplify"
