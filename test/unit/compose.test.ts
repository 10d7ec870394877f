import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { VARIABLES } from '../../src/config.ts'

interface Service {
  profiles?: string[]
  image?: string
  build?: string
  environment: Record<string, string>
  command?: string[]
  ports?: string[]
  volumes?: string[]
  networks: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck: { test: string[]; interval: string; retries: number }
  logging: { driver: string; options: Record<string, string> }
}

const compose = parse(readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8'), { merge: true }) as {
  services: Record<string, Service>
  volumes: Record<string, unknown>
  networks: Record<string, { driver: string }>
}
const service = (name: string): Service => {
  const found = compose.services[name]
  if (found === undefined) throw new Error(`no service ${name}`)
  return found
}

test('the profile dev adds two tools to the three servers', () => {
  const names = (profile: string | undefined) =>
    Object.entries(compose.services).flatMap(([name, { profiles }]) => (profiles?.join() === profile ? [name] : []))
  expect(names(undefined)).toEqual(['postgres', 'redis', 'server'])
  expect(names('dev')).toEqual(['pgadmin', 'redis-commander'])
  expect(service('pgadmin').ports).toEqual(['127.0.0.1:5050:80'])
  expect(service('redis-commander').ports).toEqual(['127.0.0.1:8081:8081'])
})

test.each(Object.entries(compose.services))('%s has a health check, rotated logs and the network', (_, service) => {
  expect(service.healthcheck).toMatchObject({ interval: '10s', retries: 5 })
  expect(service.healthcheck.test.length).toBeGreaterThan(1)
  expect(service.logging.driver).toBe('json-file')
  expect(Object.keys(service.logging.options).sort()).toEqual(['max-file', 'max-size'])
  expect(service.networks).toEqual(['rankpulse'])
  expect(service.image ?? service.build).toBeTruthy()
})

test('the network is a bridge of its own, and data are on named volumes that are declared', () => {
  expect(compose.networks).toEqual({ rankpulse: { driver: 'bridge' } })
  const used = Object.values(compose.services).flatMap(({ volumes }) => volumes ?? [])
  expect(new Set(used.map((volume) => volume.split(':')[0]))).toEqual(new Set(Object.keys(compose.volumes)))
  expect(service('postgres').volumes).toHaveLength(1)
  expect(service('redis').volumes).toHaveLength(1)
})

test('redis has a password, an append-only file and evicts nothing', () => {
  const command = service('redis').command?.join(' ')
  expect(command).toContain('--requirepass')
  expect(command).toContain('--appendonly yes')
  expect(command).toContain('--maxmemory-policy noeviction')
})

test('neither database can be reached from outside', () => {
  expect(service('postgres').ports).toBeUndefined()
  expect(service('redis').ports).toBeUndefined()
})

test('the server waits for both and gets only variables that it reads', () => {
  const { environment, depends_on: dependsOn } = service('server')
  expect(dependsOn).toEqual({ postgres: { condition: 'service_healthy' }, redis: { condition: 'service_healthy' } })
  expect(VARIABLES.map(({ name }): string => name)).toEqual(expect.arrayContaining(Object.keys(environment)))
  expect(environment['AUTH_SECRET']).toMatch(/^\$\{AUTH_SECRET:\?/) // no default: everybody would know it
})
