import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRedisAddress, type RedisAddress } from '../../../src/redis/address.ts'

const plain: RedisAddress = {
  kind: 'standalone',
  hosts: [{ host: 'cache', port: 6379 }],
  tls: false,
  username: undefined,
  password: undefined,
  db: 0,
  masterName: '',
  sentinelPassword: undefined,
}
const sentinel: RedisAddress = { ...plain, kind: 'sentinel', hosts: [{ host: 's1', port: 26_379 }], masterName: 'main' }
const cluster: RedisAddress = { ...plain, kind: 'cluster', hosts: [{ host: 'n1', port: 7000 }] }

test.each<[string, RedisAddress]>([
  ['redis://cache', plain],
  ['redis://cache/', plain],
  ['rediss://cache:6380/3', { ...plain, tls: true, hosts: [{ host: 'cache', port: 6380 }], db: 3 }],
  ['redis://:p%40ss%2Fword@cache:6379/0', { ...plain, password: 'p@ss/word' }],
  ['redis://app:pw:with:colons@cache', { ...plain, username: 'app', password: 'pw:with:colons' }],
  ['redis://:p@ss@cache?family=6', { ...plain, password: 'p@ss' }],
  ['redis://app@cache', { ...plain, username: 'app' }],
  ['redis://[::1]:6380', { ...plain, hosts: [{ host: '::1', port: 6380 }] }],
  ['redis+sentinel://s1/main', sentinel],
  ['redis+sentinel://s1:26379/main/', sentinel],
  [
    'rediss+sentinel://:pw@s1,s2:5000,[fe80::1]:26379/my%20master/4?sentinelPassword=o%26ther',
    {
      ...sentinel,
      tls: true,
      hosts: [
        { host: 's1', port: 26_379 },
        { host: 's2', port: 5000 },
        { host: 'fe80::1', port: 26_379 },
      ],
      password: 'pw',
      masterName: 'my master',
      db: 4,
      sentinelPassword: 'o&ther',
    },
  ],
  ['redis+cluster://n1:7000', cluster],
  ['redis+cluster://n1:7000/0', cluster],
  [
    'rediss+cluster://app:pw@n1,n2:7001',
    {
      ...cluster,
      tls: true,
      hosts: [
        { host: 'n1', port: 6379 },
        { host: 'n2', port: 7001 },
      ],
      username: 'app',
      password: 'pw',
    },
  ],
])('%s is read', (text, address) => {
  expect(parseRedisAddress(text)).toEqual(address)
})

test.each([
  '',
  'cache:6379',
  'http://cache',
  'redis://',
  'redis://:pw@',
  'redis://one,two',
  'redis://cache/one',
  'redis://cache/1/2',
  'redis://cache:0',
  'redis://cache:70000',
  'redis://:%zz@cache',
  'redis+sentinel://s1',
  'redis+sentinel://s1/',
  'redis+sentinel://s1,/main',
  'redis+sentinel://s1/main/x',
  'redis+sentinel://s1/main?password=pw',
  'redis+cluster://',
  'redis+cluster://n1:7000/1',
  'redis+cluster://n1:7000,n2:x',
  'redis+cluster://n1?sentinelPassword=pw',
  'redis+ring://n1',
])('"%s" is no address', (text) => {
  expect(parseRedisAddress(text)).toBeNull()
})

test('whatever a password holds comes back, and no text throws', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.constantFrom('cluster', 'sentinel'),
      (password, kind) => {
        const text = `redis+${kind}://:${encodeURIComponent(password)}@a:1,b:2${kind === 'sentinel' ? '/main' : ''}`
        expect(parseRedisAddress(text)).toMatchObject({ kind, password, hosts: [{ port: 1 }, { port: 2 }] })
      },
    ),
  )
  fc.assert(fc.property(fc.string(), (text) => void parseRedisAddress(`redis+cluster://${text}`)))
})
