const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** A time span for a countdown: `3 d 4 h`, `5 h 7 min`, `12:04`; what is over is `0:00`. */
export function timeLeft(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  if (seconds >= day) return `${Math.floor(seconds / day)} d ${Math.floor((seconds % day) / hour)} h`
  if (seconds >= hour) return `${Math.floor(seconds / hour)} h ${Math.floor((seconds % hour) / minute)} min`
  return `${Math.floor(seconds / minute)}:${String(seconds % minute).padStart(2, '0')}`
}
