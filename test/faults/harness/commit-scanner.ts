const codes = { parse: 'P'.charCodeAt(0), bind: 'B'.charCodeAt(0), query: 'Q'.charCodeAt(0) }

/**
 * Reads what a client sends to Postgres (protocol 3, without TLS) and answers for each chunk how many messages in it ask
 * for a COMMIT: as a simple query, or by binding a statement that was prepared as one.
 */
export function createCommitScanner(): (chunk: Buffer) => number {
  let rest: Buffer = Buffer.alloc(0)
  let started = false
  const prepared = new Set<string>()

  const isCommit = (body: Buffer, at: number) => /^\s*commit\b/i.test(textAt(body, at))
  const read = (type: number, body: Buffer): boolean => {
    if (type === codes.query) return isCommit(body, 0)
    if (type === codes.parse) {
      const name = textAt(body, 0)
      if (isCommit(body, name.length + 1)) prepared.add(name)
      else prepared.delete(name)
    }
    // A bind names the portal, then the statement.
    return type === codes.bind && prepared.has(textAt(body, textAt(body, 0).length + 1))
  }

  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let commits = 0
    for (;;) {
      // The first message has no type.
      const head = started ? 1 : 0
      if (rest.length < head + 4) return commits
      const end = head + rest.readUInt32BE(head)
      if (rest.length < end) return commits
      if (started && read(rest[0]!, rest.subarray(5, end))) commits += 1
      started = true
      rest = rest.subarray(end)
    }
  }
}

function textAt(body: Buffer, at: number): string {
  const end = body.indexOf(0, at)
  return body.toString('latin1', at, end === -1 ? body.length : end)
}
