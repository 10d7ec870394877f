import { expect, test } from 'vitest'
import { createCommitScanner } from '../../faults/harness/commit-scanner.ts'

const message = (type: string, ...texts: string[]) => {
  const body = Buffer.concat(texts.map((text) => Buffer.from(`${text}\0`)))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, body])
}
const startup = message('', 'user', 'someone')

test('commits are found as simple queries and as prepared statements, however the bytes are cut', () => {
  const all = Buffer.concat([
    startup,
    message('Q', 'begin'),
    message('P', 's1', 'commit'),
    message('B', '', 's1'),
    message('P', 's2', 'select $1 -- commit'),
    message('B', '', 's2'),
    message('Q', ' COMMIT'),
    message('B', '', 's1'),
    message('P', 's1', 'rollback'),
    message('B', '', 's1'),
  ])
  for (const size of [1, 3, 7, all.length]) {
    const scan = createCommitScanner()
    let commits = 0
    for (let at = 0; at < all.length; at += size) commits += scan(all.subarray(at, at + size))
    expect(commits).toBe(3)
  }
})
