// Follows a leaderboard in the terminal:  node docs/examples/follow-leaderboard.mjs http://localhost:3000 arena [WEEKLY]
import { createClient } from 'rankpulse/client'

const [url = 'http://localhost:3000', leaderboard = 'arena', standings] = process.argv.slice(2)
const client = createClient(url)

client.onConnection((state, error) => console.error(`${state}${error ? `: ${error.message}` : ''}`))

function arrow({ rank, movedFrom }) {
  if (movedFrom === null) return '*'
  return rank < movedFrom ? '▲' : rank > movedFrom ? '▼' : ' '
}

client.joinStandings({ leaderboard, standings }, (view) => {
  console.clear()
  console.log(`${view.leaderboard} ${view.standings ?? ''}  ${view.total} players  [${view.state}]`)
  if (view.error) console.log(`${view.error.code}: ${view.error.message}`)
  for (const row of view.rows.slice(0, 20)) {
    const score = row.score.toFixed(view.decimals)
    console.log(`${String(row.rank).padStart(4)} ${arrow(row)} ${score.padStart(12)}  ${row.displayName}`)
  }
})

process.on('SIGINT', () => client.close())
