import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { runWell } from './run.ts'

interface Stage {
  name: string
  instructions: { name: string; text: string }[]
}

/** The stages of a Dockerfile, with lines that go on joined. */
export function stagesOf(dockerfile: string): Stage[] {
  const stages: Stage[] = []
  const lines = dockerfile.replaceAll(/^#.*\n/gm, '').replaceAll(/\\\n\s*/g, ' ')
  for (const line of lines.split('\n').filter(Boolean)) {
    const [, name = '', text = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? []
    if (name === 'FROM') stages.push({ name: /\sAS\s+(\S+)/i.exec(text)?.[1] ?? '', instructions: [] })
    else stages.at(-1)?.instructions.push({ name, text }) // an ARG may come before
  }
  return stages
}

/**
 * Does what the stages say, each in a folder of its own instead of /app: every COPY, and of each RUN the commands of npm
 * that need nothing but the registry. Returns the folder of the last stage and the commands that ran.
 */
export async function buildStages(stages: Stage[], context: string, folder: string) {
  const folders = new Map<string, string>()
  const ran: string[] = []
  let last = ''
  for (const [index, { name, instructions }] of stages.entries()) {
    last = join(folder, String(index))
    folders.set(name, last)
    await mkdir(last, { recursive: true })
    for (const { name: instruction, text } of instructions) {
      if (instruction === 'COPY') await copy(text, context, folders, last)
      if (instruction !== 'RUN') continue
      for (const command of text.split(' && ').filter((one) => /^npm (ci|run)\b/.test(one.trim()))) {
        const [program = '', ...args] = command.trim().split(/\s+/)
        await runWell(program, args, last)
        ran.push(command.trim())
      }
    }
  }
  return { folder: last, ran }
}

/** What the COPY lines take from the build context. */
export function copiedFromContext(stages: Stage[]): string[] {
  return stages.flatMap(({ instructions }) =>
    instructions
      .filter(({ name, text }) => name === 'COPY' && !text.startsWith('--from='))
      .flatMap(({ text }) => text.split(/\s+/).slice(0, -1)),
  )
}

// `COPY a b ./` takes both by name, `COPY folder ./folder` what is in it.
async function copy(text: string, context: string, folders: Map<string, string>, into: string): Promise<void> {
  const [, stage, rest = ''] = /^(?:--from=(\S+)\s+)?(.*)$/.exec(text) ?? []
  const from = stage === undefined ? context : folders.get(stage)
  if (from === undefined) throw new Error(`COPY from an unknown stage ${stage}`)
  const words = rest.split(/\s+/)
  const to = words.pop()!
  for (const word of words) {
    const target = to.endsWith('/') ? join(into, to, basename(word)) : join(into, to)
    await runWell('cp', ['-a', join(from, word.replace(/^\/app\//, '')), target], into)
  }
}
