/**
 * Parses RFC 4180 CSV (quoted fields may hold commas, quotes doubled, and line ends) into one object a row, keyed by the
 * header row. Throws when a row has another number of fields than the header, or a quote is left open.
 */
export function parseCsv(text: string): Record<string, string>[] {
  const [header, ...rows] = parseRows(text)
  if (!header) return []
  return rows.map((row, index) => {
    if (row.length !== header.length)
      throw new Error(`CSV row ${index + 2}: ${row.length} fields, not ${header.length}`)
    return Object.fromEntries(header.map((name, column) => [name, row[column] ?? '']))
  })
}

// One match is one field and what ends it: a comma, a line end, or the end of the text.
const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y

function parseRows(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  field.lastIndex = 0
  while (field.lastIndex < text.length || row.length > 0) {
    const at = field.lastIndex
    const match = field.exec(text)
    if (!match) throw new Error(`CSV: a misplaced or open quote near character ${at}`)
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}
