import { createHash } from 'node:crypto'

const maxLength = 64

// Latin letters that Unicode does not decompose into a base letter and a mark.
const letters: Record<string, string> = {
  ı: 'i',
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ß: 'ss',
  ə: 'e',
}

/**
 * Hands out the ids of teams, such as `france`: ASCII, at most 64 characters, the same for the same name. Another team whose
 * name folds to an id already given gets `.2`, `.3`, .. in order of appearance.
 */
export function createTeamIds(): (team: string) => string {
  return createIds((team: string) => ({ identity: team, base: slug(team) }))
}

/**
 * Hands out player ids such as `france.just-fontaine`: ASCII, at most 64 characters, the same for the same (team, name).
 * Another person whose team and name fold to an id already given gets `.2`, `.3`, .. in order of appearance.
 */
export function createPlayerIds(): (team: string, name: string) => string {
  return createIds((team: string, name: string) => ({
    identity: `${team}\t${name}`,
    base: `${slug(team)}.${slug(name)}`,
  }))
}

function createIds<Names extends string[]>(
  describe: (...names: Names) => { identity: string; base: string },
): (...names: Names) => string {
  const ids = new Map<string, string>()
  const taken = new Set<string>()
  return (...names) => {
    const { identity, base } = describe(...names)
    const known = ids.get(identity)
    if (known !== undefined) return known
    let id = base.slice(0, maxLength)
    for (let n = 2; taken.has(id); n++) id = `${base.slice(0, maxLength - `.${n}`.length)}.${n}`
    ids.set(identity, id)
    taken.add(id)
    return id
  }
}

function slug(text: string): string {
  const folded = text
    .normalize('NFD')
    .replace(/[\p{M}'’"]/gu, '')
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{ASCII}]/gu, (letter) => letters[letter] ?? letter)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  // Nothing left (another script): readable it is not, but stable and of the right shape.
  return folded === '' ? createHash('sha256').update(text).digest('hex').slice(0, 12) : folded
}
