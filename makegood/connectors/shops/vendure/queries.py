"""What Makegood asks Vendure, in GraphQL. Field names are of Vendure 3 (3.0 to 3.7)."""

from __future__ import annotations

__all__ = [
    "ABOUT",
    "ADD_NOTE",
    "CUSTOMERS",
    "LOGIN",
    "MAKE_PROMOTION",
    "METHODS",
    "ORDERS",
    "PROMOTIONS",
    "REFUND",
    "REFUNDABLE",
    "SETTLE_REFUND",
]

ABOUT = """query About {
  activeChannel { code token defaultCurrencyCode }
  globalSettings { serverConfig { moneyStrategyPrecision } }
}"""

LOGIN = """mutation SignIn($username: String!, $password: String!) {
  login(username: $username, password: $password) { __typename ... on ErrorResult { errorCode message } }
}"""

_CUSTOMER = "id createdAt updatedAt firstName lastName phoneNumber emailAddress user { verified }"

CUSTOMERS = f"""query Customers($options: CustomerListOptions) {{
  customers(options: $options) {{ items {{ {_CUSTOMER} }} }}
}}"""

# The history alone says when an order really changed, and when a parcel was sent or arrived.
ORDERS = f"""query Orders($options: OrderListOptions) {{
  orders(options: $options) {{ items {{
    id type code state updatedAt orderPlacedAt currencyCode totalWithTax shippingWithTax
    customer {{ {_CUSTOMER} }}
    shippingAddress {{ fullName city country }}
    taxSummary {{ taxTotal }}
    discounts {{ amountWithTax }}
    surcharges {{ id description sku priceWithTax }}
    lines {{
      id quantity orderPlacedQuantity proratedLinePriceWithTax proratedUnitPriceWithTax
      productVariant {{ sku name productId }}
    }}
    fulfillments {{ id state method trackingCode updatedAt }}
    payments {{
      id state amount transactionId updatedAt
      refunds {{ id state total reason transactionId createdAt updatedAt }}
    }}
    history(options: {{ take: 50, sort: {{ createdAt: DESC }} }}) {{ items {{ type createdAt data }} }}
  }} }}
}}"""

PROMOTIONS = """query Promotions($code: String!) {
  promotions(options: { filter: { couponCode: { eq: $code } }, take: 10 }) { items {
    id couponCode enabled usageLimit perCustomerUsageLimit actions { code args { name value } }
  } }
}"""

MAKE_PROMOTION = """mutation MakePromotion($input: CreatePromotionInput!) {
  createPromotion(input: $input) {
    __typename
    ... on Promotion { id couponCode }
    ... on ErrorResult { errorCode message }
  }
}"""

METHODS = "query Methods { paymentMethods(options: { take: 100 }) { items { code handler { code } } } }"

REFUNDABLE = """query Refundable($id: ID!) {
  order(id: $id) {
    id code currencyCode
    payments { id method state amount refunds { id state total reason transactionId } }
    history(options: { filter: { type: { eq: "ORDER_NOTE" } }, take: 100, sort: { createdAt: DESC } }) {
      items { id data }
    }
  }
}"""

REFUND = """mutation Refund($input: RefundOrderInput!) {
  refundOrder(input: $input) {
    __typename
    ... on Refund { id state }
    ... on ErrorResult { errorCode message }
    ... on RefundAmountError { maximumRefundable }
  }
}"""

SETTLE_REFUND = """mutation SettleRefund($input: SettleRefundInput!) {
  settleRefund(input: $input) { __typename ... on Refund { id state } ... on ErrorResult { errorCode message } }
}"""

ADD_NOTE = """mutation AddNote($input: AddNoteToOrderInput!) { addNoteToOrder(input: $input) { id } }"""
