// Loaded before a server: shifts what `Date` says by the milliseconds in the file CLOCK_FILE, looked at ten times a
// second. Timers and performance.now() run on, as when an operator or a broken time service sets a machine's clock.
import { readFileSync } from 'node:fs'

const RealDate = Date
const realNow = Date.now.bind(Date)
let shift = 0

const look = () => {
  try {
    shift = Number(readFileSync(process.env.CLOCK_FILE, 'utf8')) || 0
  } catch {
    shift = 0
  }
}
look()
setInterval(look, 100).unref()

const now = () => realNow() + shift
globalThis.Date = new Proxy(RealDate, {
  construct: (date, parts) => (parts.length === 0 ? new date(now()) : new date(...parts)),
  apply: () => new RealDate(now()).toString(),
  get: (date, name) => (name === 'now' ? now : Reflect.get(date, name)),
})
