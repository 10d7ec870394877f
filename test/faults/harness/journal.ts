import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'

/** JSON lines in a file that never grows past a limit: what is older goes. */
export interface Journal {
  note(...line: unknown[]): void
  /** Keeps the lines at `to`, or nothing; the files go. */
  close(to: string | null): Promise<void>
}

const flushMs = 200

/** At most twice `limitBytes` are kept: the lines since the last turn, and those of the turn before. */
export function createJournal(file: string, limitBytes = 64 * 1024 * 1024): Journal {
  const older = `${file}.older`
  let lines: string[] = []
  let [written, turned] = [0, false]
  let target = openSync(file, 'w')
  const flush = () => {
    if (lines.length === 0) return
    const text = `${lines.join('\n')}\n`
    lines = []
    written += text.length
    writeSync(target, text)
    if (written < limitBytes) return
    closeSync(target)
    renameSync(file, older)
    target = openSync(file, 'w')
    written = 0
    turned = true
  }
  const timer = setInterval(flush, flushMs)
  return {
    note: (...line) => void lines.push(JSON.stringify(line)),
    async close(to) {
      clearInterval(timer)
      flush()
      closeSync(target)
      if (to !== null) {
        if (turned) await copyFile(older, `${to}.older`)
        await copyFile(file, to)
      }
      await rm(file)
      rmSync(older, { force: true })
    },
  }
}
