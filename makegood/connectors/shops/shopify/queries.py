"""The questions we ask, in GraphQL, checked against Shopify's schema of version 2026-10.

https://shopify.dev/docs/api/admin-graphql/2026-10
"""

from __future__ import annotations

__all__ = ["ABOUT", "CODE", "CUSTOMERS", "HOOKS", "LINES", "MAKE_CODE", "MAKE_HOOK", "NODES", "ORDERS", "PEOPLE"]

_MONEY = "presentmentMoney { amount currencyCode }"

_CUSTOMER = """
fragment Customer on Customer {
  legacyResourceId displayName firstName lastName verifiedEmail createdAt updatedAt
  defaultEmailAddress { emailAddress }
  defaultPhoneNumber { phoneNumber }
}
"""

_LINE = f"""
fragment Line on LineItem {{
  id name quantity sku
  originalTotalSet {{ {_MONEY} }}
  discountAllocations {{ allocatedAmountSet {{ {_MONEY} }} }}
  taxLines {{ priceSet {{ {_MONEY} }} }}
  product @include(if: $products) {{ id productType }}
  variant @include(if: $costs) {{ inventoryItem {{ unitCost {{ amount currencyCode }} }} }}
}}
"""

_ORDER = (
    _CUSTOMER
    + _LINE
    + f"""
fragment Order on Order {{
  id legacyResourceId name email processedAt updatedAt cancelledAt
  presentmentCurrencyCode taxesIncluded displayFinancialStatus displayFulfillmentStatus
  totalPriceSet {{ {_MONEY} }}
  totalShippingPriceSet {{ {_MONEY} }}
  totalTaxSet {{ {_MONEY} }}
  totalDiscountsSet {{ {_MONEY} }}
  shippingAddress {{ name city country }}
  billingAddress {{ name city country }}
  customer {{ ...Customer }}
  lineItems(first: $lines) {{ nodes {{ ...Line }} pageInfo {{ hasNextPage endCursor }} }}
  fulfillments {{
    legacyResourceId status displayStatus createdAt inTransitAt deliveredAt estimatedDeliveryAt
    trackingInfo {{ company number url }}
  }}
  transactions {{ kind status paymentId }}
  refunds {{
    legacyResourceId createdAt processedAt note
    totalRefundedSet {{ {_MONEY} }}
    transactions(first: 5) {{ nodes {{ kind status paymentId }} }}
  }}
}}
"""
)

ORDERS = (
    _ORDER
    + """
query Orders($first: Int!, $after: String, $query: String, $lines: Int!, $products: Boolean!, $costs: Boolean!) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { ...Order }
    pageInfo { hasNextPage endCursor }
  }
}
"""
)

NODES = (
    _ORDER
    + """
query Nodes($ids: [ID!]!, $lines: Int!, $products: Boolean!, $costs: Boolean!) {
  nodes(ids: $ids) { ...Order }
}
"""
)

LINES = (
    _LINE
    + """
query Lines($id: ID!, $after: String, $lines: Int!, $products: Boolean!, $costs: Boolean!) {
  order(id: $id) {
    lineItems(first: $lines, after: $after) { nodes { ...Line } pageInfo { hasNextPage endCursor } }
  }
}
"""
)

CUSTOMERS = (
    _CUSTOMER
    + """
query Customers($first: Int!, $after: String, $query: String) {
  customers(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { ...Customer }
    pageInfo { hasNextPage endCursor }
  }
}
"""
)

PEOPLE = (
    _CUSTOMER
    + """
query People($ids: [ID!]!) {
  nodes(ids: $ids) { ...Customer }
}
"""
)

ABOUT = """
query About {
  shop { id name myshopifyDomain currencyCode url }
  currentAppInstallation { accessScopes { handle } }
}
"""

CODE = """
query Code($code: String!) {
  shop { currencyCode }
  codeDiscountNodeByCode(code: $code) {
    id
    codeDiscount {
      __typename
      ... on DiscountCodeBasic {
        usageLimit
        customerGets {
          value {
            __typename
            ... on DiscountAmount { amount { amount currencyCode } }
            ... on DiscountPercentage { percentage }
          }
        }
      }
    }
  }
}
"""

MAKE_CODE = """
mutation MakeCode($discount: DiscountCodeBasicInput!) {
  discountCodeBasicCreate(basicCodeDiscount: $discount) {
    codeDiscountNode { id }
    userErrors { field code message }
  }
}
"""

HOOKS = """
query Hooks($uri: String) {
  webhookSubscriptions(first: 100, uri: $uri) { nodes { id topic uri } }
}
"""

MAKE_HOOK = """
mutation MakeHook($topic: WebhookSubscriptionTopic!, $hook: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $hook) {
    webhookSubscription { id }
    userErrors { field message }
  }
}
"""
