import { expect, test } from 'vitest'
import type { z } from 'zod'
import { asyncApiDocument } from '../../../src/contract/asyncapi.ts'
import { clientEvents, serverEvents } from '../../../src/contract/events.ts'

interface Ref {
  $ref: string
}
interface Operation {
  action: string
  messages: Ref[]
  reply?: { messages: Ref[] }
}
const document = asyncApiDocument('1.2.3') as {
  asyncapi: string
  channels: { socket: { messages: Record<string, { name: string; payload: object }> } }
  operations: Record<string, Operation>
  components: { schemas: object }
}

function resolve(ref: string): unknown {
  return ref
    .replace('#/', '')
    .split('/')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document)
}

test('every event of the client is received and replied to, every event of the server is sent', () => {
  expect(document.asyncapi).toBe('3.0.0')
  for (const event of Object.keys(clientEvents)) {
    const operation = document.operations[event.replace(':', '-')]!
    expect(operation.action).toBe('receive')
    expect(resolve(operation.messages[0]!.$ref)).toMatchObject({ name: event })
    expect(resolve(operation.reply!.messages[0]!.$ref)).toMatchObject({ payload: { oneOf: [{}, {}] } })
  }
  for (const event of Object.keys(serverEvents))
    expect(document.operations[event.replace(':', '-')]).toMatchObject({ action: 'send' })
})

test('payloads of clients take no other fields, those of the server may get more', () => {
  const payloadOf = (ref: Ref) => (resolve(ref.$ref) as { payload: object }).payload
  for (const [event, { payload }] of Object.entries(clientEvents)) {
    const { messages } = document.operations[event.replace(':', '-')]!
    expect(payloadOf(messages[0]!)).toMatchObject({
      properties: Object.fromEntries(Object.keys((payload as z.ZodObject).shape).map((name) => [name, {}])),
      additionalProperties: false,
    })
  }
  const sent = Object.values(document.operations).flatMap(({ action, messages, reply }) =>
    action === 'send' ? messages : reply!.messages,
  )
  expect(JSON.stringify([sent.map(payloadOf), document.components.schemas])).not.toContain('additionalProperties')
})

test('every $ref leads somewhere', () => {
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]!)
  expect(refs.length).toBeGreaterThan(Object.keys(document.operations).length)
  expect([...new Set(refs)].filter((ref) => typeof resolve(ref) !== 'object')).toEqual([])
})
