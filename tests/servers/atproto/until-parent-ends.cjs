// Runs `stop` and ends the process when the parent asks (SIGTERM, SIGINT) or is gone (its end of our stdin closes).
'use strict'

module.exports = (stop) => {
  let stopping = false
  const end = async () => {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(0), 3000).unref()
    try {
      await stop()
    } finally {
      process.exit(0)
    }
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  process.stdin.on('end', end).on('close', end).resume()
}
