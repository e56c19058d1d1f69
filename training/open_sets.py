"""Public sets whose licence lets a model trained on them be given away, and what each of their labels tells us."""

from __future__ import annotations

from collections.abc import Iterator

from makegood.triage.reader import Topic
from training.rows import Row, held_out, one_of, read, row

__all__ = ["open_sets"]

_GLAD = {"admiration", "approval", "gratitude", "amusement", "love", "optimism", "joy", "caring", "excitement"} | {
    "relief",
    "pride",
}
_SORRY = {"annoyance", "disapproval", "anger", "sadness", "disappointment", "disgust", "fear", "remorse"} | {
    "embarrassment",
    "nervousness",
    "grief",
}
_CROSS = {"annoyance", "disapproval", "anger", "disappointment", "disgust"}
# In these a customer tells that something went wrong; in the others one asks how something is done.
_BANK_TROUBLE = {
    "billing": "card_payment_fee_charged card_payment_wrong_exchange_rate extra_charge_on_statement "
    "transaction_charged_twice transfer_fee_charged wrong_exchange_rate_for_cash_withdrawal cash_withdrawal_charge "
    "card_payment_not_recognised cash_withdrawal_not_recognised direct_debit_payment_not_recognised "
    "wrong_amount_of_cash_received",
    "refund": "Refund_not_showing_up reverted_card_payment?",
    "defect": "card_not_working contactless_not_working virtual_card_not_working",
    "account": "balance_not_updated_after_bank_transfer balance_not_updated_after_cheque_or_cash_deposit "
    "declined_card_payment declined_cash_withdrawal declined_transfer failed_transfer top_up_failed top_up_reverted "
    "transfer_not_received_by_recipient card_swallowed pin_blocked unable_to_verify_identity",
}
_BANK_ASKS = {
    "ordering": "get_physical_card order_physical_card getting_spare_card getting_virtual_card "
    "get_disposable_virtual_card",
    "delivery": "card_delivery_estimate",
    "refund": "request_refund",
    "billing": "exchange_charge top_up_by_bank_transfer_charge top_up_by_card_charge exchange_rate",
    "account": "activate_my_card age_limit change_pin edit_personal_details terminate_account verify_my_identity "
    "why_verify_identity verify_source_of_funds passcode_forgotten",
    "other": "country_support fiat_currency_support visa_or_mastercard supported_cards_and_currencies",
}
_TALKS = {  # Bitext's intents: complaint?, question?, topic
    "check_payment_methods": (0, 1, "billing"),
    "contact_human_agent": (0, 0, "staff"),
    "set_up_shipping_address": (0, 1, "delivery"),
    "newsletter_subscription": (0, 0, "account"),
    "payment_issue": (1, 0, "billing"),
    "place_order": (0, 1, "ordering"),
    "review": (0, 0, "other"),
    "check_refund_policy": (0, 1, "refund"),
    "complaint": (1, 0, "staff"),
    "contact_customer_service": (0, 1, "staff"),
    "delivery_period": (0, 1, "delivery"),
    "registration_problems": (1, 0, "account"),
    "recover_password": (0, 1, "account"),
    "check_invoice": (0, 1, "billing"),
    "get_refund": (0, 1, "refund"),
    "delete_account": (0, 1, "account"),
    "create_account": (0, 1, "account"),
    "change_order": (0, 1, "ordering"),
    "track_order": (0, 1, "delivery"),
    "track_refund": (0, 1, "refund"),
    "delivery_options": (0, 1, "delivery"),
    "cancel_order": (0, 1, "ordering"),
}


def open_sets() -> Iterator[Row]:
    """All rows of all open sets."""
    yield from _goemotions()
    yield from _bank()
    yield from _talks()
    yield from _valence()
    yield from _short_messages()


def _goemotions() -> Iterator[Row]:
    """Comments on Reddit. Almost none is a customer's: those without a cross word teach what a complaint is not."""
    for each in read("goemotions_train"):
        felt = set(each["emotions"])
        glad, sorry = bool(felt & _GLAD), bool(felt & _SORRY)
        known: dict[str, float] = {"flag.spam": 0.0}
        if not (glad and sorry) and (glad or sorry or felt == {"neutral"}):
            known |= one_of("sentiment", "positive" if glad else "negative" if sorry else "neutral")
        if not felt & _CROSS:
            known |= {"intent.complaint": 0.0} | one_of("severity", "0")
        else:
            known |= {"intent.complaint": 0.05}
        if "gratitude" not in felt and "admiration" not in felt:
            known["intent.praise"] = 0.0
        if "anger" not in felt and "disgust" not in felt and "annoyance" not in felt:
            known["flag.abuse"] = 0.0
        yield row(each["text"].replace("[NAME]", "Sam").replace("[RELIGION]", "people"), known, "goemotions", 0.5)


def _topic(name: str) -> dict[str, float]:
    return {f"topic.{each}": float(each == name) for each in Topic}


def _bank() -> Iterator[Row]:
    """Questions to a bank. A third of them is enough: they are much alike."""
    trouble = {intent: topic for topic, names in _BANK_TROUBLE.items() for intent in names.split()}
    asks = {intent: topic for topic, names in _BANK_ASKS.items() for intent in names.split()}
    for each in read("banking77_train"):
        intent = each["intent"]
        if not held_out(each["text"], 35):
            continue
        if intent in trouble:
            known = {"intent.complaint": 0.85, "intent.praise": 0.0, "intent.other": 0.0} | _topic(trouble[intent])
        elif intent in asks:
            known = {"intent.complaint": 0.0, "intent.question": 1.0, "intent.praise": 0.0, "intent.other": 0.0}
            known |= _topic(asks[intent]) | one_of("sentiment", "neutral") | one_of("severity", "0")
        else:
            continue
        yield row(each["text"], known | {"flag.spam": 0.0, "flag.abuse": 0.0}, "banking77", 0.5)


def _talks() -> Iterator[Row]:
    for each in read("bitext_support_3500"):
        if each["intent"] not in _TALKS or not held_out(each["text"], 60):
            continue
        complaint, question, topic = _TALKS[each["intent"]]
        known = {"intent.complaint": 0.9 * complaint, "intent.praise": 0.0, "intent.other": 0.0, "flag.spam": 0.0}
        known |= _topic(topic) | {"flag.person": float(each["intent"].startswith("contact_"))}
        if question:
            known["intent.question"] = 1.0
        yield row(each["text"], known, "bitext", 0.3)


def _valence() -> Iterator[Row]:
    """Sentences that ten people rated from -4 to 4: tweets, and pieces of product reviews."""
    for each in read("vader_valence"):
        felt = each["valence"]
        known = one_of("sentiment", "positive" if felt > 0.6 else "negative" if felt < -0.6 else "neutral")
        known["flag.spam"] = 0.0
        if each["kind"] == "amazon":
            known |= {"intent.question": 0.0} if "?" not in each["text"] else {}
            known |= {"intent.complaint": 0.9} if felt < -1.0 else {}
            known |= {"intent.praise": 0.9, "intent.complaint": 0.0} | one_of("severity", "0") if felt > 1.0 else {}
        elif felt > 0:
            known |= {"intent.complaint": 0.0} | one_of("severity", "0")
        yield row(each["text"], known, f"vader/{each['kind']}", 0.7)


def _short_messages() -> Iterator[Row]:
    for each in read("sms_spam"):
        known = {"flag.spam": float(each["spam"]), "intent.complaint": 0.0, "intent.praise": 0.0}
        if each["spam"]:
            known |= {"intent.other": 1.0, "intent.question": 0.0} | one_of("urgency", "never")
        yield row(each["text"], known, "sms", 0.4)
