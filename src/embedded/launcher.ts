import { readFileSync } from 'node:fs'

/**
 * Calls back once when the `npm run` or `npx` that started this process is gone: killed alone, it takes nobody along. Only on
 * Linux; does nothing when no package manager started us.
 */
export function whenLauncherEnds(callback: () => void): void {
  if (process.platform !== 'linux' || process.env['npm_lifecycle_event'] === undefined) return
  const launcher = findLauncher()
  if (launcher === null) return
  const timer = setInterval(() => {
    if (processInfo(launcher.pid)?.startedAt === launcher.startedAt) return
    clearInterval(timer)
    callback()
  }, 1000)
  timer.unref()
}

interface ProcessInfo {
  pid: number
  parent: number
  /** In clock ticks since boot: tells a process from a later one with the same id. */
  startedAt: string
}

function findLauncher(): ProcessInfo | null {
  let info = processInfo(process.ppid)
  while (info !== null && info.pid > 1) {
    if (isPackageManager(info.pid)) return info
    info = processInfo(info.parent)
  }
  return null
}

// npm calls itself "npm run quickstart" or "npm exec rankpulse quickstart"; others keep the path of their script.
function isPackageManager(pid: number): boolean {
  try {
    const [program = '', script = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return [program, script].some((text) => /^(.*\/)?(npm|pnpm|yarn)([ .-]|$)/.test(text))
  } catch {
    return false
  }
}

// The second field, the name in brackets, may hold spaces and brackets itself. A zombie counts as gone.
function processInfo(pid: number): ProcessInfo | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const startedAt = rest[17]
    if (state === 'Z' || startedAt === undefined) return null
    return { pid, parent: Number(parent), startedAt }
  } catch {
    return null
  }
}
