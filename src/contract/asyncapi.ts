import { ackErrorSchema } from './errors.ts'
import { clientEvents, frameLimit, serverEvents, type ClientEvent } from './events.ts'
import { toJsonSchema, type JsonSchema } from './json-schema.ts'

/** The AsyncAPI 3 document of the Socket.IO events: one channel (the default namespace), one operation an event. */
export function asyncApiDocument(version: string): JsonSchema {
  const schemas: Record<string, JsonSchema> = {}
  const messages: Record<string, JsonSchema> = {}
  const operations: Record<string, JsonSchema> = {}
  const error = toJsonSchema(ackErrorSchema, 'output', schemas)
  const channel = { $ref: '#/channels/socket' }
  const refer = (message: string) => ({ $ref: `#/channels/socket/messages/${message}` })

  for (const [name, event] of Object.entries<ClientEvent>(clientEvents)) {
    const id = name.replace(':', '-')
    messages[id] = { name, summary: event.summary, payload: toJsonSchema(event.payload, 'input', schemas) }
    const data = toJsonSchema(event.data, 'output', schemas)
    messages[`${id}-ack`] = {
      name: `${name} ack`,
      payload: {
        oneOf: [
          { type: 'object', properties: { data }, required: ['data'] },
          { type: 'object', properties: { error }, required: ['error'] },
        ],
      },
    }
    operations[id] = {
      action: 'receive',
      summary: event.summary,
      description: `Role: ${event.access}.`,
      channel,
      messages: [refer(id)],
      reply: { channel, messages: [refer(`${id}-ack`)] },
    }
  }
  for (const [name, event] of Object.entries(serverEvents)) {
    const id = name.replace(':', '-')
    messages[id] = { name, summary: event.summary, payload: toJsonSchema(event.payload, 'output', schemas) }
    operations[id] = { action: 'send', summary: event.summary, channel, messages: [refer(id)] }
  }

  return {
    asyncapi: '3.0.0',
    info: {
      title: 'rankpulse',
      version,
      description: `Socket.IO 4, default path and namespace, WebSocket transport only; frames up to ${frameLimit} bytes. A token goes into the handshake: auth: { token }. An event takes one payload; fields that are not named here are refused with VALIDATION, answers may get more.`,
    },
    defaultContentType: 'application/json',
    channels: { socket: { address: '/', messages } },
    operations,
    components: { schemas },
  }
}
