const steps: (() => unknown)[] = []
let running: Promise<void> | undefined

/** Registers what has to be undone at the end, also after Ctrl-C; the last registered goes first. */
export function atEnd(step: () => unknown): void {
  steps.push(step)
}

/** Undoes everything once; further calls wait for the first. */
export function cleanUp(): Promise<void> {
  running ??= (async () => {
    for (let step = steps.pop(); step !== undefined; step = steps.pop())
      try {
        await step()
      } catch (error) {
        console.error('cleaning up:', error)
      }
  })()
  return running
}

/** Ctrl-C and SIGTERM stop everything that was started, then end this process. */
export function cleanUpOnSignals(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => {
      console.error(`\n${signal}: stopping the servers`)
      void cleanUp().finally(() => process.exit(code))
    })
}
