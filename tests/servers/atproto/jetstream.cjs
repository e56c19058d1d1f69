// A replayer that speaks the Jetstream `/subscribe` shapes, fed from a PDS's own firehose and from POST /inject.
// See README.md for what it is and what it is not.
'use strict'
require('./loopback.cjs')
const http = require('node:http')
const { WebSocketServer } = require('ws')
const { Subscription } = require('@atproto/xrpc-server')
const { parseCommitUnauthenticated } = require('@atproto/sync')
const { lexToJson } = require('@atproto/lexicon')
const untilParentEnds = require('./until-parent-ends.cjs')

const LOG_LIMIT = Number(process.env.JETSTREAM_LOG_LIMIT || 200000)
const SEND_BUFFER = 1 << 20
const GARBAGE = ['not json', '{"did":"did:plc:x","time_us":', '{}', '[]', 'null', '{"did":7,"time_us":"soon","kind":[]}']

const log = [] // {time, collection, text}, oldest first
let dropped = 0 // how many entries the front of the log has lost
let lastTime = 0
const clients = new Set()
const faults = { delay: 0, refuse: 0 }
const counts = { events: 0, connections: 0, refused: 0 }

const append = ({ did, time_us: wanted, ...rest }) => {
  lastTime = Math.max(wanted ?? Date.now() * 1000, lastTime + 1)
  const text = JSON.stringify({ did, time_us: lastTime, ...rest })
  log.push({ time: lastTime, collection: rest.commit?.collection ?? null, text })
  counts.events += 1
  if (log.length > LOG_LIMIT * 1.1) dropped += log.splice(0, log.length - LOG_LIMIT).length
}

const wants = (client, collection) =>
  collection === null ||
  client.collections.length === 0 ||
  client.collections.some((c) => (c.endsWith('.*') ? collection.startsWith(c.slice(0, -1)) : c === collection))

const pump = (client) => {
  if (client.waiting || client.socket.readyState !== 1) return
  client.position = Math.max(client.position, dropped)
  while (client.position < dropped + log.length) {
    if (client.socket.bufferedAmount > SEND_BUFFER) return later(client, 5)
    const entry = log[client.position - dropped]
    client.position += 1
    if (entry.time >= client.cursor && wants(client, entry.collection)) client.socket.send(entry.text)
  }
}

const later = (client, milliseconds) => {
  client.waiting = setTimeout(() => {
    client.waiting = null
    pump(client)
  }, milliseconds)
}

const pumpAll = () => {
  for (const client of clients) {
    if (faults.delay > 0 && !client.waiting) later(client, faults.delay)
    else pump(client)
  }
}

const firstAtOrAfter = (time) => {
  let low = 0
  let high = log.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (log[middle].time < time) low = middle + 1
    else high = middle
  }
  return dropped + low
}

const subscribe = (socket, url) => {
  const asked = Number(url.searchParams.get('cursor') || 0)
  const replay = asked > 0 && asked <= Date.now() * 1000
  const client = {
    socket,
    collections: url.searchParams.getAll('wantedCollections'),
    cursor: replay ? asked : 0,
    position: replay ? firstAtOrAfter(asked) : dropped + log.length,
    waiting: null,
  }
  clients.add(client)
  counts.connections += 1
  socket.on('error', () => {})
  socket.on('close', () => {
    clearTimeout(client.waiting)
    clients.delete(client)
  })
  pump(client)
}

const fault = (asked) => {
  if (asked.kind === 'drop') for (const { socket } of clients) socket.terminate()
  else if (asked.kind === 'delay') faults.delay = asked.milliseconds
  else if (asked.kind === 'refuse') faults.refuse = asked.times
  else if (asked.kind === 'garbage') {
    for (const { socket } of clients) {
      for (const frame of asked.frames ?? GARBAGE) socket.send(frame)
      if (!asked.frames) socket.send(Buffer.from([0xff, 0x00, 0xfe]))
    }
  } else throw new Error(`unknown fault ${asked.kind}`)
}

const body = async (request) => {
  const parts = []
  for await (const part of request) parts.push(part)
  return JSON.parse(Buffer.concat(parts).toString() || '{}')
}

const control = async (request, response) => {
  try {
    if (request.url === '/inject') {
      for (const event of await body(request)) append(event)
      pumpAll()
    } else if (request.url === '/fault') fault(await body(request))
    else if (request.url !== '/stats') {
      response.statusCode = 404
      return response.end('{}')
    }
    response.end(JSON.stringify({ ...counts, clients: clients.size, last: lastTime, kept: log.length }))
  } catch (error) {
    response.statusCode = 400
    response.end(JSON.stringify({ error: String(error) }))
  }
}

const fromFirehose = async (frame) => {
  const type = String(frame.$type).split('#')[1]
  const { seq, time } = frame
  if (type === 'commit') {
    for (const op of await parseCommitUnauthenticated(frame)) {
      const commit = { rev: op.rev, operation: op.event, collection: op.collection, rkey: op.rkey }
      if (op.event !== 'delete') Object.assign(commit, { record: lexToJson(op.record), cid: op.cid.toString() })
      append({ did: op.did, kind: 'commit', commit })
    }
  } else if (type === 'identity') {
    append({ did: frame.did, kind: 'identity', identity: { did: frame.did, handle: frame.handle, seq, time } })
  } else if (type === 'account') {
    const account = { active: frame.active, did: frame.did, seq, time }
    append({ did: frame.did, kind: 'account', account: frame.status ? { ...account, status: frame.status } : account })
  }
}

const follow = async (service) => {
  let seen = 0
  const frames = new Subscription({
    service: service.replace(/^http/, 'ws'),
    method: 'com.atproto.sync.subscribeRepos',
    getParams: () => ({ cursor: seen }),
    validate: (frame) => frame,
  })
  for await (const frame of frames) {
    await fromFirehose(frame)
    if (typeof frame.seq === 'number') seen = frame.seq
    pumpAll()
  }
}

const start = async () => {
  const server = http.createServer(control)
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url, 'http://127.0.0.1')
    if (url.pathname !== '/subscribe' || faults.refuse > 0) {
      faults.refuse = Math.max(0, faults.refuse - 1)
      counts.refused += 1
      return socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    }
    return sockets.handleUpgrade(request, socket, head, (ready) => subscribe(ready, url))
  })
  await new Promise((resolve) => server.listen(0, resolve))
  untilParentEnds(async () => {
    for (const { socket } of clients) socket.terminate()
    server.close()
  })
  if (process.argv[2]) {
    follow(process.argv[2]).catch((error) => {
      console.error(error)
      process.exit(1)
    })
  }
  console.log(JSON.stringify({ http: `http://127.0.0.1:${server.address().port}` }))
}

start().catch((error) => {
  console.error(error)
  process.exit(1)
})
