// Watches one's own rank and the players around:
//   RANKPULSE_TOKEN=$(npm run -s token -- --role player --sub player-7) \
//   node docs/examples/watch-own-rank.mjs http://localhost:3000 arena
import { createClient } from 'rankpulse/client'

const [url = 'http://localhost:3000', leaderboard = 'arena'] = process.argv.slice(2)
const client = createClient(url, {
  // A game would fetch a fresh token of the player here; it is asked for before the last one expires.
  token: () => process.env.RANKPULSE_TOKEN ?? '',
})
const onError = (error) => console.error(`${error.code}: ${error.message}`)

client.watchRank({ leaderboard, onError }, ({ playerId, rank, previousRank, score, total }) => {
  if (rank === null) return console.log(`${playerId} has no rank yet`)
  const moved = previousRank === null ? '' : `, was ${previousRank}`
  return console.log(`${playerId} is ${rank} of ${total} with ${score}${moved}`)
})

client.watchAround({ leaderboard, span: 2, onError }, ({ rows, playerId }) => {
  for (const row of rows) {
    console.log(`  ${row.playerId === playerId ? '>' : ' '} ${row.rank}  ${row.displayName}  ${row.score}`)
  }
})

process.on('SIGINT', () => client.close())
