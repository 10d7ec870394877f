import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

// What texts and comments point at is in this repository: documents, headings, files.

const root = fileURLToPath(new URL('../..', import.meta.url))
const folders = ['src', 'test', 'bench', 'docs', 'drizzle', '.ci']
// Snapshots are made by drizzle-kit; this file names what it looks for.
const left = /^drizzle\/meta\/|^test\/unit\/documents\.test\.ts$|^package-lock\.json$|^\.env$/
const binary = /\.(?:png|br|pyc)$/

const within = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name}`)
    .filter((name) => statSync(join(root, name)).isFile())
const ofRoot = readdirSync(root).filter((name) => name !== '.git' && statSync(join(root, name)).isFile())
/** Every file of the repository, as a path from its root. */
const files = [...ofRoot, ...folders.flatMap(within)]
const texts = new Map(
  files
    .filter((name) => !left.test(name) && !binary.test(name))
    .map((name) => [
      name,
      readFileSync(join(root, name), 'utf8').replaceAll(/(?:https?:\/\/|github\.com\/)[^\s)'"`]+/g, 'https:address'),
    ]),
)
const pages = [...texts].filter(([name]) => name.endsWith('.md'))

/** Everything that the pattern finds and `isRight` refuses, as `file: what was found`. */
function wrong(pattern: RegExp, isRight: (match: RegExpMatchArray, file: string) => boolean, among = [...texts]) {
  return among.flatMap(([file, text]) =>
    [...text.matchAll(pattern)].filter((match) => !isRight(match, file)).map(([found]) => `${file}: ${found}`),
  )
}

const withoutCode = (page: string) => page.replaceAll(/^```.*?^```/gms, '').replaceAll(/`[^`\n]*`/g, '')

function headingsOf(page: string): string[] {
  const text = texts.get(page)?.replaceAll(/^```.*?^```/gms, '') ?? ''
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!)
}

/** The anchors of a page as GitHub makes them: equal headings get a number. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>()
  return new Set(
    headingsOf(page).map((heading) => {
      const anchor = heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-')
      const count = seen.get(anchor) ?? 0
      seen.set(anchor, count + 1)
      return count === 0 ? anchor : `${anchor}-${count}`
    }),
  )
}

const isThere = (path: string) => existsSync(join(root, path))
/** Whether some file has this path from the root, or ends in it. */
const isNamed = (path: string) => {
  const name = path.replace(/^(?:\.\.?\/)+/, '')
  return files.some((file) => file === name || file.endsWith(`/${name}`))
}

describe('documents', () => {
  test('none is cited that is not here', () => {
    expect(wrong(/\b(?:PROTOCOL|DESIGN) \d[\w.]*|\b[Ii]ssues? #?\d+|\bLAYOUT\b/g, () => false)).toEqual([])
  })

  test('what ends in .md is a file', () => {
    expect(wrong(/(?<![\w*/.-])[\w./-]*\w\.md\b/g, ([path]) => isNamed(path))).toEqual([])
  })

  test('every file of docs/ is linked from the index', () => {
    const links = [...texts.get('docs/README.md')!.matchAll(/\]\(([^)#]+)/g)].map(([, path]) => `docs/${path}`)
    expect(within('docs').filter((name) => name !== 'docs/README.md' && !links.includes(name))).toEqual([])
  })
})

describe('links', () => {
  const linked = pages.map(([name, text]) => [name, withoutCode(text)] as [string, string])
  const relative = /\]\((?!\w+:)([^)\s#]*)(?:#([^)\s]+))?\)/g
  const target = (file: string, path: string) => (path === '' ? file : normalize(join(dirname(file), path)))

  test('lead to a file', () => {
    expect(wrong(relative, ([, path], file) => isThere(target(file, path!)), linked)).toEqual([])
  })

  test('lead to a heading', () => {
    const isRight = ([, path, anchor]: RegExpMatchArray, file: string) =>
      anchor === undefined || anchorsOf(target(file, path!)).has(anchor)
    expect(wrong(relative, isRight, linked)).toEqual([])
  })
})

describe('headings', () => {
  // A comment may break a line within a citation.
  const joined = [...texts].map(
    ([name, text]) => [name, text.replaceAll(/\n\s*(?:\/\/|\*|#|--)? ?/g, ' ')] as [string, string],
  )

  test('that comments cite are in the page', () => {
    const cited = /(docs\/[\w-]+\.md), "([^"]+)"/g
    expect(joined.flatMap(([, text]) => [...text.matchAll(cited)].map(([, , heading]) => heading))).toContain(
      'Following a room',
    )
    expect(wrong(cited, ([, page, heading]) => headingsOf(page!).includes(heading!), joined)).toEqual([])
  })

  test('that benches judge by are in docs/targets.md', () => {
    const known = headingsOf('docs/targets.md').map((heading) => heading.toLowerCase())
    const benches = [...texts].filter(([name]) => /^bench\/\w+\.ts$/.test(name))
    const from = /\bfrom: '(?:targets: )?([^',]+)(?:, floor)?'/g
    expect(benches.flatMap(([, text]) => [...text.matchAll(from)])).not.toEqual([])
    expect(
      wrong(from, ([found, heading]) => found.includes("'targets: ") && known.includes(heading!), benches),
    ).toEqual([])
  })
})

describe('paths and commands', () => {
  /** `*` within a name, `**` across folders, `{a,b}` for one of both. */
  const toPattern = (glob: string) =>
    new RegExp(
      `^${glob
        .replaceAll(/[.+()]/g, String.raw`\$&`)
        .replaceAll(/\{([^}]*)\}/g, (_, names: string) => `(?:${names.replaceAll(',', '|')})`)
        .replaceAll('**/', '(?:.+/)?')
        .replaceAll(/\*+/g, '[^/]*')}`,
    )

  test('from the root are there', () => {
    const path = /(?<![\w./@:?=}-])(?:src|test|bench|docs|drizzle|\.ci)\/(?:[\w./*-]|\{[\w,]+\})*/g
    const isRight = ([found]: RegExpMatchArray) => {
      const name = found.replace(/[./-]+$/, '')
      if (isThere(name) || isThere(`${name}.ts`) || isThere(`${name}.test.ts`)) return true
      return /[*{]/.test(name) && files.some((file) => toPattern(name).test(file))
    }
    expect(wrong(path, isRight)).toEqual([])
  })

  test('that a page names are there', () => {
    expect(wrong(/`([\w./-]+\.(?:ts|lua|py|mjs))`/g, ([, name]) => isNamed(name!), pages)).toEqual([])
  })

  test('commands of npm are scripts of package.json', () => {
    const { scripts } = JSON.parse(texts.get('package.json')!) as { scripts: Record<string, string> }
    const command = /\bnpm run (?:-s )?([a-z](?:[\w:-]*\w)?)/g
    expect(wrong(command, ([, name]) => scripts[name!] !== undefined)).toEqual([])
  })

  test('that a comment names are there', () => {
    const comment = /(?:\/\/|^\s*(?:\/\*)?\*).*$/gm
    const commented = [...texts]
      .filter(([name]) => name.endsWith('.ts'))
      .map(([name, text]) => [name, [...text.matchAll(comment)].map(([line]) => line).join('\n')] as [string, string])
    expect(wrong(/(?<![\w./*-])[\w/-]+\.(?:ts|lua)\b/g, ([name]) => isNamed(name), commented)).toEqual([])
  })
})

test('this file looks at files of every kind', () => {
  const kinds = new Set([...texts.keys()].map((name) => basename(name).replace(/^.*(?=\.)/, '')))
  expect([...kinds]).toEqual(expect.arrayContaining(['.ts', '.md', '.lua', '.py', '.sql', '.mjs', 'Dockerfile', 'run']))
})
