// Every server started in this process listens on 127.0.0.1 only, whatever its author asked for.
'use strict'
const net = require('node:net')

const listen = net.Server.prototype.listen

net.Server.prototype.listen = function (...args) {
  const [first] = args
  if (first !== null && typeof first === 'object') {
    if (first.path === undefined && first.fd === undefined) args[0] = { ...first, host: '127.0.0.1' }
  } else if (first === undefined || typeof first === 'number' || /^\d+$/.test(String(first))) {
    const rest = args.slice(1).filter((value, index) => !(index === 0 && typeof value === 'string'))
    args = [first ?? 0, '127.0.0.1', ...rest]
  }
  return listen.apply(this, args)
}
