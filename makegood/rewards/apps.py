from django.apps import AppConfig


class RewardsConfig(AppConfig):
    name = "makegood.rewards"
    label = "rewards"
