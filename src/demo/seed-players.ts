// Invented people: five in each band of skill, two from each country.

export const skillBands = ['beginner', 'regular', 'expert', 'master'] as const
export type SkillBand = (typeof skillBands)[number]

export interface SeedPlayer {
  playerId: string
  displayName: string
  /** ISO 3166-1 alpha-2. */
  country: string
  region: string
  band: SkillBand
}

const people: [name: string, country: string, region: string][] = [
  ['Bia Tavares', 'BR', 'SA'],
  ['Emil Lindner', 'DE', 'EU'],
  ['Inès Rivière', 'FR', 'EU'],
  ['Kabir Sethi', 'IN', 'APAC'],
  ['Mio Kuroda', 'JP', 'APAC'],
  ['Funmi Okafor', 'NG', 'AFR'],
  ['Zosia Wrona', 'PL', 'EU'],
  ['Quinn Hayes', 'US', 'NA'],
  ['Lucía Paredes', 'MX', 'NA'],
  ['Matilda Crane', 'AU', 'OCE'],
  ['Caio Antunes', 'BR', 'SA'],
  ['Greta Vogt', 'DE', 'EU'],
  ['Basile Girard', 'FR', 'EU'],
  ['Meera Iyer', 'IN', 'APAC'],
  ['Ren Fujita', 'JP', 'APAC'],
  ['Tunde Balogun', 'NG', 'AFR'],
  ['Wojtek Sikora', 'PL', 'EU'],
  ['Riley Ortiz', 'US', 'NA'],
  ['Diego Salinas', 'MX', 'NA'],
  ['Angus Barlow', 'AU', 'OCE'],
]

/** The 20 players of `seed`, whatever its seed. */
export const seedPlayers: readonly SeedPlayer[] = people.map(([displayName, country, region], index) => ({
  playerId: `seed-${String(index + 1).padStart(2, '0')}`,
  displayName,
  country,
  region,
  band: skillBands[index % skillBands.length]!,
}))
