// A real AT Protocol network on loopback: PLC, PDS and (unless --pds-only) the AppView.
// Prints one line of JSON with its addresses when ready. POST <control>/settle answers when the AppView has seen
// everything the PDS wrote, POST <control>/name/<did> when it has looked that account's handle up anew: a look-up that
// timed out on a busy machine is repeated by itself only after an hour.
'use strict'
require('./loopback.cjs')
const http = require('node:http')
const { TestNetwork, TestNetworkNoAppView } = require('@atproto/dev-env')
const untilParentEnds = require('./until-parent-ends.cjs')

const pdsOnly = process.argv.includes('--pds-only')
const rateLimits = process.argv.includes('--rate-limits')

const start = async () => {
  const pds = { hostname: 'localhost', enableDidDocWithSession: true, rateLimitsEnabled: rateLimits }
  const network = pdsOnly
    ? await TestNetworkNoAppView.create({ pds })
    : await TestNetwork.create({ pds, dbPostgresSchema: 'makegood' })
  const control = http.createServer(async (request, response) => {
    try {
      if (request.method === 'POST' && request.url === '/settle') await network.processAll(20000)
      if (request.method === 'POST' && request.url.startsWith('/name/')) {
        const did = decodeURIComponent(request.url.slice('/name/'.length))
        await network.bsky.sub.indexingSvc.indexHandle(did, new Date().toISOString(), true)
      }
      response.end('{}')
    } catch (error) {
      response.statusCode = 500
      response.end(JSON.stringify({ error: String(error) }))
    }
  })
  await new Promise((resolve) => control.listen(0, resolve))
  // Nothing in it is to be kept, so there is nothing to close with care.
  untilParentEnds(() => {})
  const local = (port) => `http://127.0.0.1:${port}`
  console.log(
    JSON.stringify({
      plc: local(network.plc.port),
      pds: local(network.pds.port),
      appview: pdsOnly ? '' : local(network.bsky.port),
      control: local(control.address().port),
    }),
  )
}

start().catch((error) => {
  console.error(error)
  process.exit(1)
})
