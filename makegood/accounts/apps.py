from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "makegood.accounts"
    label = "accounts"
