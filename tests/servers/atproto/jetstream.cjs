// A replayer that speaks both of Jetstream's protocols, fed from a PDS's own firehose and from POST /inject.
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
const OLDER = '/subscribe'
const NEWER = '/xrpc/network.bsky.jetstream.subscribeEvents'
const METHOD = 'network.bsky.jetstream.subscribeEvents'
const NEWER_TOO = process.env.JETSTREAM_OLDER_ONLY !== '1'
const FIRST_TIME = 1e15 // a cursor below this is a sequence number
const SEND_BUFFER = 1 << 20
const GARBAGE = ['not json', '{"did":"did:plc:x","time_us":', '{}', '[]', 'null', '{"did":7,"time_us":"soon","kind":[]}']

const log = [] // {time, seq, kind, collection, text, message}, oldest first; message is the newer protocol's
let dropped = 0 // how many entries the front of the log has lost
let lastTime = 0
const clients = new Set()
const faults = { delay: 0, refuse: 0 }
const counts = { events: 0, connections: 0, refused: 0, newer: 0 }

// The newer protocol writes microseconds, always six digits of them.
const moment = (time) => {
  const whole = new Date(Math.floor(time / 1000)).toISOString().slice(0, -5)
  return `${whole}.${String(time % 1e6).padStart(6, '0')}Z`
}

const messageOf = (seq, did, time, { kind, commit, ...rest }) => {
  const payload = { $type: `${METHOD}#${kind}`, seq, did, time: moment(time) }
  return JSON.stringify({ $type: 'message', payload: { ...payload, ...commit, ...rest } })
}

const append = ({ did, time_us: wanted, ...rest }) => {
  lastTime = Math.max(wanted ?? Date.now() * 1000, lastTime + 1)
  counts.events += 1
  log.push({
    time: lastTime,
    seq: counts.events,
    kind: rest.kind,
    collection: rest.commit?.collection ?? null,
    text: JSON.stringify({ did, time_us: lastTime, ...rest }),
    message: messageOf(counts.events, did, lastTime, rest),
  })
  if (log.length > LOG_LIMIT * 1.1) dropped += log.splice(0, log.length - LOG_LIMIT).length
}

const wants = (client, { kind, collection }) =>
  (client.kinds.length === 0 || client.kinds.includes(kind)) &&
  (collection === null ||
    client.collections.length === 0 ||
    client.collections.some((c) => (c.endsWith('.*') ? collection.startsWith(c.slice(0, -1)) : c === collection)))

const pump = (client) => {
  if (client.waiting || client.socket.readyState !== 1) return
  client.position = Math.max(client.position, dropped)
  while (client.position < dropped + log.length) {
    if (client.socket.bufferedAmount > SEND_BUFFER) return later(client, 5)
    const entry = log[client.position - dropped]
    client.position += 1
    if (wants(client, entry)) client.socket.send(client.newer ? entry.message : entry.text)
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

const firstAtOrAfter = (wanted, by) => {
  let low = 0
  let high = log.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (log[middle][by] < wanted) low = middle + 1
    else high = middle
  }
  return dropped + low
}

// Where a consumer begins that asks for this cursor, and whether that is later than it asked for.
const startOf = (cursor) => {
  const live = { position: dropped + log.length, cut: false }
  if (!(cursor > 0)) return live
  const by = cursor < FIRST_TIME ? 'seq' : 'time'
  if (by === 'time' ? cursor > Date.now() * 1000 : cursor > counts.events) return live
  return { position: firstAtOrAfter(cursor, by), cut: dropped > 0 && cursor < log[0][by] }
}

// What the newer protocol refuses before the WebSocket is open: [name, message].
const refusalOf = (asked) => {
  for (const old of ['wantedCollections', 'wantedDids', 'requireHello', 'compress'])
    if (asked.has(old)) return ['InvalidRequest', `${old} is not a parameter here`]
  for (const kind of asked.getAll('kinds'))
    if (!['commit', 'identity', 'account', 'sync'].includes(kind)) return ['InvalidRequest', `unknown kind ${kind}`]
  if (asked.has('zstdDictionary')) return ['UnknownZstdDictionary', 'there is no dictionary here']
  const cursor = Number(asked.get('cursor') || 0)
  if (cursor < FIRST_TIME && startOf(cursor).cut) return ['CursorTooOld', `${cursor} is below ${log[0].seq}`]
  return null
}

const subscribe = (socket, url, newer) => {
  const asked = url.searchParams
  const { position, cut } = startOf(Number(asked.get('cursor') || 0))
  const client = {
    socket,
    newer,
    kinds: newer ? asked.getAll('kinds') : [],
    collections: asked.getAll(newer ? 'collections' : 'wantedCollections'),
    position,
    waiting: null,
  }
  clients.add(client)
  counts.connections += 1
  counts.newer += newer ? 1 : 0
  socket.on('error', () => {})
  socket.on('close', () => {
    clearTimeout(client.waiting)
    clients.delete(client)
  })
  if (newer && cut) {
    const payload = { $type: `${METHOD}#info`, name: 'OutdatedCursor', message: 'the cursor is older than the log' }
    socket.send(JSON.stringify({ $type: 'message', payload }))
  }
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
  } else if (asked.kind === 'end') {
    for (const { socket } of clients) {
      socket.send(JSON.stringify({ $type: 'error', error: asked.error, message: 'reconnect' }))
      socket.close()
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

const answer = (socket, status, said) => {
  const text = JSON.stringify(said)
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\n`
  socket.end(`${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
}

const start = async () => {
  const server = http.createServer(control)
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url, 'http://127.0.0.1')
    const newer = url.pathname === NEWER && NEWER_TOO
    if (!newer && url.pathname !== OLDER) return answer(socket, '404 Not Found', {})
    if (faults.refuse > 0) {
      faults.refuse -= 1
      counts.refused += 1
      return answer(socket, '503 Service Unavailable', { error: 'ServiceUnavailable' })
    }
    const refusal = newer ? refusalOf(url.searchParams) : null
    if (refusal) return answer(socket, '400 Bad Request', { error: refusal[0], message: refusal[1] })
    return sockets.handleUpgrade(request, socket, head, (ready) => subscribe(ready, url, newer))
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
