// Submits scores, each exactly once whatever the network does:
//   RANKPULSE_TOKEN=$(npm run -s token -- --role server --sub game) \
//   node docs/examples/submit-scores.mjs http://localhost:3000 arena 100
import { createClient, RankpulseError } from 'rankpulse/client'

const [url = 'http://localhost:3000', leaderboard = 'arena', count = '100'] = process.argv.slice(2)
const client = createClient(url, { token: process.env.RANKPULSE_TOKEN, deadlineMs: 60_000 })

async function play() {
  const playerId = `player-${1 + Math.floor(Math.random() * 20)}`
  const score = Math.floor(Math.random() * 10_000)
  try {
    // A submissionId of your own, such as a match id, would let another process repeat this without effect.
    const receipt = await client.submit({ leaderboard, playerId, score })
    const [first] = receipt.standings
    console.log(`${playerId} ${score}: ${receipt.applied ? `rank ${first?.rank ?? '?'}` : receipt.reason}`)
  } catch (error) {
    if (!(error instanceof RankpulseError)) throw error
    // Retryable errors were retried for a minute already; others do not pass by waiting.
    console.error(`${playerId} ${score}: ${error.code} ${error.message}`, error.issues)
    process.exitCode = 1
  }
}

for (let sent = 0; sent < Number(count); sent += 10) await Promise.all(Array.from({ length: 10 }, play))
client.close()
