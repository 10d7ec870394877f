import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { howToRun } from '../installation.ts'

/** What quickstart prints when everything is up: addresses, a token, and commands to paste into a shell. */
export function welcome(ready: {
  url: string
  /** Addresses of more nodes. */
  others: string[]
  token: string
  transport: string
  dataDir: string
}): string {
  const { url, others, token, transport, dataDir } = ready
  const more = others.map((other) => `\nAnother node: ${other}`).join('')
  return `
rankpulse is ready at ${url} (transport ${transport}, data in ${relative(process.cwd(), dataDir) || '.'})${more}
The live page: ${url}/
API documentation: ${url}/docs

# An admin token, valid for 24 hours (more: ${howToRun('token', '--role admin --sub ops')}):
export TOKEN=${token}

# Submit a score, and read the best:
curl -s ${url}/v1/leaderboards/demo/scores -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"playerId":"ada","score":4200}'
curl -s '${url}/v1/leaderboards/demo/standings?limit=10'

# The same over Socket.IO (from this folder${hasSocketClient() ? '' : ', after npm install socket.io-client'}):
node --input-type=module -e "
import { io } from 'socket.io-client'
const socket = io('${url}', { transports: ['websocket'], auth: { token: process.env.TOKEN } })
const print = (answer) => console.log(JSON.stringify(answer, null, 2))
print(await socket.emitWithAck('score:submit', { leaderboard: 'demo', playerId: 'grace', score: 4300 }))
print(await socket.emitWithAck('standings:get', { leaderboard: 'demo', limit: 10 }))
socket.close()"

Ctrl-C stops the server and keeps the data.
`
}

// `npx` alone puts rankpulse and what it needs somewhere else.
function hasSocketClient(): boolean {
  try {
    createRequire(join(process.cwd(), 'index.js')).resolve('socket.io-client')
    return true
  } catch {
    return false
  }
}
