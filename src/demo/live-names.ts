// Invented: given and family names as they are common in each country, put together at random.

interface Country {
  code: string
  region: string
  given: string[]
  family: string[]
}

const countries: Country[] = [
  {
    code: 'BR',
    region: 'SA',
    given: ['Ana', 'Caio', 'Luísa', 'João', 'Bia', 'Thiago'],
    family: ['Moraes', 'Tavares', 'Antunes', 'Leitão'],
  },
  {
    code: 'DE',
    region: 'EU',
    given: ['Jonas', 'Käthe', 'Emil', 'Svenja', 'Timo', 'Greta'],
    family: ['Brandt', 'Möller', 'Vogt', 'Lindner'],
  },
  {
    code: 'FR',
    region: 'EU',
    given: ['Zoé', 'Hugo', 'Inès', 'Théo', 'Maëlle', 'Basile'],
    family: ['Girard', 'Lefort', 'Marchal', 'Rivière'],
  },
  {
    code: 'IN',
    region: 'APAC',
    given: ['Aarav', 'Diya', 'Kabir', 'Meera', 'Rohan', 'Tara'],
    family: ['Bose', 'Iyer', 'Kulkarni', 'Sethi'],
  },
  {
    code: 'JP',
    region: 'APAC',
    given: ['Aoi', 'Haruto', 'Mio', 'Ren', 'Sora', 'Yuna'],
    family: ['Fujita', 'Inoue', 'Kuroda', 'Mori'],
  },
  {
    code: 'NG',
    region: 'AFR',
    given: ['Ada', 'Chidi', 'Funmi', 'Ifeoma', 'Kelechi', 'Tunde'],
    family: ['Adeyemi', 'Eze', 'Okafor', 'Balogun'],
  },
  {
    code: 'PL',
    region: 'EU',
    given: ['Łukasz', 'Zosia', 'Kuba', 'Maja', 'Wojtek', 'Hania'],
    family: ['Zieliński', 'Górska', 'Sikora', 'Wrona'],
  },
  {
    code: 'US',
    region: 'NA',
    given: ['Avery', 'Blake', 'Casey', 'Jordan', 'Quinn', 'Riley'],
    family: ['Carter', 'Hayes', 'Nguyen', 'Ortiz'],
  },
]

export interface DemoPlayer {
  playerId: string
  displayName: string
  country: string
  region: string
}

/** The same players every time, with names that do not repeat before every pair of a country was used. */
export function inventPlayers(count: number): DemoPlayer[] {
  return Array.from({ length: count }, (_, index) => {
    const { code, region, given, family } = countries[index % countries.length]!
    const nth = Math.floor(index / countries.length)
    const pairs = given.length * family.length
    // 7 has no factor in common with the number of pairs (24): each comes once before the first comes again.
    const pair = (nth * 7) % pairs
    const name = `${given[pair % given.length]} ${family[Math.floor(pair / given.length)]}`
    const again = Math.floor(nth / pairs)
    return {
      playerId: `live-${String(index + 1).padStart(3, '0')}`,
      displayName: again === 0 ? name : `${name} ${again + 1}`,
      country: code,
      region,
    }
  })
}
