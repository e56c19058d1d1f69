// A real Vendure on loopback, over the SQLite file given as the first argument. A missing file is made and filled with
// countries, taxes, ways to ship and ways to pay. Prints one line of JSON with its address when ready.
'use strict'
require('../atproto/loopback.cjs')
const fs = require('node:fs')
const path = require('node:path')
const untilParentEnds = require('../atproto/until-parent-ends.cjs')
const { bootstrap, DefaultLogger, dummyPaymentHandler, LanguageCode, LogLevel, PaymentMethodHandler, Populator } = require('@vendure/core')

const database = process.argv[2]
const fresh = !fs.existsSync(database)

// As the handlers of real processors do: refunding in the shop sends the money back.
const movingHandler = new PaymentMethodHandler({
  code: 'moves-money',
  description: [{ languageCode: LanguageCode.en, value: 'Sends money back when a refund is made' }],
  args: {},
  createPayment: async (ctx, order, amount, args, metadata) => ({
    amount,
    state: 'Settled',
    transactionId: `pi_${order.code}`,
    metadata,
  }),
  settlePayment: async () => ({ success: true }),
  createRefund: async (ctx, input, amount, order) => ({ state: 'Settled', transactionId: `re_${order.code}_${amount}` }),
})

const config = {
  apiOptions: { port: 0, hostname: '127.0.0.1', adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
  authOptions: {
    tokenMethod: ['bearer', 'api-key'],
    superadminCredentials: { identifier: 'superadmin', password: 'superadmin' },
    requireVerification: true,
  },
  dbConnectionOptions: { type: 'better-sqlite3', database, synchronize: fresh, logging: false },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler, movingHandler] },
  // Something about an order that may change by itself.
  customFields: { Order: [{ name: 'remark', type: 'string' }] },
  importExportOptions: { importAssetsDir: path.dirname(database) },
  // Its own lines would stand where the line with the address is looked for.
  logger: { info() {}, verbose() {}, debug() {}, warn: console.error, error: console.error },
  plugins: [],
}

const data = {
  defaultLanguage: LanguageCode.en,
  defaultZone: 'Europe',
  countries: [
    { name: 'Germany', code: 'DE', zone: 'Europe' },
    { name: 'Netherlands', code: 'NL', zone: 'Europe' },
  ],
  taxRates: [{ name: 'Standard Tax', percentage: 20 }],
  shippingMethods: [{ name: 'Standard', price: 500 }],
  paymentMethods: [
    {
      name: 'Dummy',
      handler: { code: 'dummy-payment-handler', arguments: [{ name: 'automaticSettle', value: 'true' }] },
    },
    { name: 'Moving', handler: { code: 'moves-money', arguments: [] } },
  ],
  collections: [],
}

const start = async () => {
  const app = await bootstrap(config)
  if (fresh) await app.get(Populator).populateInitialData(data)
  untilParentEnds(() => app.close())
  console.log(JSON.stringify({ url: `http://127.0.0.1:${app.getHttpServer().address().port}` }))
}

start().catch((error) => {
  console.error(error)
  process.exit(1)
})
