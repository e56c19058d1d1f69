"""What a column of an orders file can mean, and guessing it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from makegood.connectors.tables import by_name, looks_like_date, plain

__all__ = ["LINE_TARGETS", "TARGETS", "guess_columns"]

# English, German, French, Spanish and Dutch, and the headings of the exports of Shopify, WooCommerce, Etsy, eBay and
# others as their help pages and the exports' users show them; the surest first.
_NAMES: dict[str, tuple[str, ...]] = {
    "number": (
        *("order_number", "order_no", "order_name", "order", "bestellnummer", "bestellnr", "auftragsnummer"),
        *("numero_de_commande", "n_commande", "commande", "numero_de_pedido", "pedido", "bestelnummer", "ordernummer"),
        *("sales_record_number", "sale_id", "order_reference", "reference", "referenz"),
    ),
    "id": ("order_id", "orderid", "bestell_id", "id_commande", "id_pedido", "id"),
    "placed_at": (
        *("order_date", "created_at", "placed_at", "order_created_date", "date_created", "ordered_at", "sale_date"),
        *("bestelldatum", "auftragsdatum", "date_de_commande", "fecha_del_pedido", "fecha_de_pedido", "besteldatum"),
        *("order_placed_at", "date", "datum", "fecha", "created", "timestamp"),
    ),
    "changed_at": ("updated_at", "modified_at", "last_updated", "date_modified", "geandert_am", "modified_date"),
    "total": (
        *("order_total", "total", "total_amount", "grand_total", "order_total_amount", "order_value", "order_amount"),
        *("gesamtbetrag", "gesamtsumme", "bestellsumme", "summe", "total_ttc", "montant_total", "importe_total"),
        *("totaal", "totaalbedrag", "betrag", "montant", "importe", "bedrag", "amount"),
    ),
    "currency": ("currency", "order_currency", "currency_code", "wahrung", "waehrung", "devise", "moneda", "valuta"),
    "state": (
        *("order_status", "status", "financial_status", "state", "bestellstatus", "statut", "estado"),
        *("fulfillment_status", "payment_status"),
    ),
    "kind": ("type", "transaction_type", "row_type", "typ", "art", "belegart", "tipo", "soort"),
    "email": (
        *("billing_email", "customer_email", "email", "e_mail", "email_address", "buyer_email", "e_mail_adresse"),
        *(
            "contact_email",
            "mail",
            "correo",
            "correo_electronico",
            "courriel",
            "adresse_e_mail",
            "billing_email_address",
        ),
    ),
    "name": (
        *("billing_name", "customer_name", "customer", "buyer_name", "full_name", "shipping_name", "kunde"),
        *("kundenname", "client", "nom_du_client", "nom", "cliente", "nombre", "klant", "klantnaam", "buyer", "naam"),
    ),
    "phone": ("billing_phone", "phone", "phone_number", "customer_phone", "telefon", "telephone", "telefono"),
    "customer_id": (
        "customer_id",
        "customer_number",
        "kundennummer",
        "customer_user",
        "user_id",
        "buyer_id",
        "klantnummer",
    ),
    "shipping": (
        *("shipping", "shipping_total", "order_shipping", "shipping_cost", "shipping_amount", "shipping_total_amount"),
        *("versand", "versandkosten", "frais_de_port", "livraison", "gastos_de_envio", "envio", "verzendkosten"),
    ),
    "tax": (
        *("taxes", "tax", "order_tax", "tax_total", "total_tax", "tax_amount", "vat", "mwst", "steuer", "tva"),
        *("impuestos", "iva", "btw", "order_total_tax", "order_total_tax_amount"),
    ),
    "discount": (
        *("discount_amount", "discount", "order_discount", "discount_total", "cart_discount", "rabatt", "remise"),
        *("descuento", "korting"),
    ),
    "refunded": (
        *("refunded_amount", "order_refund_amount", "refunded", "refund_amount", "refund", "total_refunded"),
        *("erstattet", "erstattung", "rembourse", "remboursement", "reembolsado", "terugbetaald"),
    ),
    "refunded_at": ("refunded_at", "refund_date", "erstattet_am", "date_de_remboursement"),
    "payment_ref": (
        *("payment_reference", "transaction_id", "payment_id", "payment_intent", "charge_id", "transaktions_id"),
        *("payment_references", "paypal_transaction_id", "id_transaction"),
    ),
    "promised_at": (
        "delivery_by",
        "promised_at",
        "expected_delivery",
        "ship_by_date",
        "liefertermin",
        "estimated_delivery",
    ),
    "city": ("shipping_city", "ship_city", "city", "ort", "stadt", "ville", "ciudad", "plaats", "billing_city"),
    "country": (
        *("shipping_country", "ship_country", "country", "land", "pays", "pais", "shipping_country_code"),
        *("billing_country", "country_code"),
    ),
    "tracking": ("tracking_number", "tracking", "tracking_code", "sendungsnummer", "numero_de_suivi", "trackingnummer"),
    "carrier": ("carrier", "shipping_carrier", "versanddienstleister", "transporteur", "transportista", "vervoerder"),
    "shipped_at": (
        "shipped_at",
        "date_shipped",
        "shipped_on",
        "shipped_date",
        "fulfilled_at",
        "versandt_am",
        "ship_date",
    ),
    "delivered_at": ("delivered_at", "delivery_date", "delivered_on", "zugestellt_am", "livre_le"),
    "line_name": (
        *("lineitem_name", "item_name", "product_name", "item_title", "line_item_name", "product", "produkt"),
        *("artikel", "artikelname", "produit", "article", "producto", "articulo", "item", "title"),
    ),
    "sku": ("lineitem_sku", "item_sku", "sku", "product_sku", "artikelnummer", "reference_produit", "custom_label"),
    "quantity": (
        *("lineitem_quantity", "item_quantity", "quantity", "qty", "menge", "anzahl", "quantite", "cantidad", "aantal"),
        *("quantity_refund",),
    ),
    "line_total": (
        *("item_total", "line_total", "lineitem_total", "order_line_total", "row_total", "positionssumme"),
        *("total_ligne", "regeltotaal"),
    ),
    "line_price": (
        "lineitem_price",
        "item_price",
        "item_cost",
        "unit_price",
        "price",
        "einzelpreis",
        "preis",
        "prix",
        "precio",
    ),
    "category": ("category", "product_category", "item_category", "kategorie", "categorie", "categoria"),
    "cost": ("item_cost_of_goods", "cost_of_goods", "cogs", "cost", "einkaufspreis", "wareneinsatz", "unit_cost"),
}

TARGETS = tuple(_NAMES)
"""What a column can be mapped to. number or id, placed_at, and total, line_total or line_price must be."""
LINE_TARGETS = ("line_name", "sku", "quantity", "line_total", "line_price", "category", "cost")
"""Those that are about one line of an order, not about the order."""

_NUMBERED = re.compile(r"#?[A-Za-z]{0,6}[-_ ]?\d[\w-]*$")


def guess_columns(columns: Sequence[str], samples: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """From each target that has a likely column to that column; each column serves once.

    Names decide. Without a fitting one, a column full of dates is when the order was placed.
    """
    found = by_name(columns, _NAMES)
    names = {plain(column): column for column in columns}
    if "number" not in found and "name" in names and _share(names["name"], samples, _NUMBERED.match) > 0.8:
        # As Shopify writes it: Name is #1001, and whoever bought it stands under Billing Name.
        found = {target: column for target, column in found.items() if column != names["name"]}
        found["number"] = names["name"]
    if "number" not in found and "id" in found:
        found["number"] = found.pop("id")
    if "placed_at" not in found:
        free = [column for column in columns if column not in found.values()]
        dated = [column for column in free if _share(column, samples, _dated) > 0.8]
        found |= {"placed_at": dated[0]} if dated else {}
    return {target: found[target] for target in TARGETS if target in found}


def _dated(value: str) -> bool:
    return not value.isdecimal() and looks_like_date(value)


def _share(column: str, samples: Sequence[Mapping[str, str]], test: object) -> float:
    assert callable(test)
    values = [row[column].strip() for row in samples if row.get(column, "").strip()]
    return sum(1 for value in values if test(value)) / len(values) if values else 0.0
