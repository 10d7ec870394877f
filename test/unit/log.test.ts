import { DrizzleQueryError } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { createLog } from '../../src/log.ts'

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = []
  write(createLog({ level: 'info', pretty: false }, { write: (line) => void lines.push(line) }))
  return lines.join('')
}

test('a line is JSON, and levels below the configured one are left out', () => {
  const text = logged((log) => {
    log.debug('no')
    log.info({ port: 1 }, 'yes')
  })
  expect(JSON.parse(text)).toMatchObject({ level: 30, port: 1, msg: 'yes' })
})

test.each([
  [{ password: 'hunter2' }],
  [{ config: { secret: 'hunter2' } }],
  [{ req: { headers: { authorization: 'Bearer hunter2' } } }],
  [{ socket: { handshake: { auth: { token: 'hunter2' } } } }],
  [{ url: 'postgres://app:hunter2@db:5432/rankpulse' }],
  [{ err: new Error('cannot reach redis://:hunter2@cache:6379/0') }],
  [{ url: 'redis+sentinel://:hunter2@s1:26379,s2:26379/main/0?sentinelPassword=hunter2' }],
  [{ err: new Error('cannot reach rediss+cluster://app:hun@hunter2@n1:7000,[::1]:7001, giving up') }],
  [{ err: new DrizzleQueryError('select $1', ['hunter2'], new Error('connection refused')) }],
])('credentials and query parameters are not logged: %j', (fields) => {
  const text = logged((log) => log.warn(fields, 'to redis://user:hunter2@cache'))
  expect(text).not.toContain('hunter2')
  expect(() => JSON.parse(text)).not.toThrow()
})

test('what is around credentials stays', () => {
  const text = logged((log) => log.info('redis+cluster://:pw@n1:7000,n2:7001 and mail@example.org'))
  expect(text).toContain('redis+cluster://[redacted]@n1:7000,n2:7001 and mail@example.org')
})

test('a token in a message is not logged, what is around it is', () => {
  const text = logged((log) => log.info('got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwMSJ9.c2ln, and went on'))
  expect(text).not.toContain('eyJ')
  expect(text).toContain('and went on')
})
