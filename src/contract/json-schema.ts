import { z } from 'zod'
import { metadata } from './values.ts'

export type JsonSchema = Record<string, unknown>

/**
 * The JSON schema of what a client may send (`input`) or will get (`output`). Schemas with an id are put into `shared`
 * and referred to as `#/components/schemas/<id>`. Throws when two different schemas have one id.
 */
export function toJsonSchema(
  schema: z.ZodType,
  io: 'input' | 'output',
  shared: Record<string, JsonSchema>,
): JsonSchema {
  const made: JsonSchema = z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    unrepresentable: 'any', // transforms have no form of their own, and metadata is a custom check
    override: ({ zodSchema, jsonSchema }) => {
      if ((zodSchema as unknown) === metadata) jsonSchema.type = 'object'
      // Fields may be added to answers later; what a client sends is refused when it has others.
      if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      if ('example' in jsonSchema) {
        jsonSchema.examples = [jsonSchema.example]
        delete jsonSchema.example
      }
    },
  })
  const moved = JSON.parse(JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema
  for (const [id, definition] of Object.entries((moved.$defs ?? {}) as Record<string, JsonSchema>)) {
    const known = shared[id]
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition))
      throw new Error(`two different schemas are called ${id}`)
    shared[id] = definition
  }
  delete moved.$defs
  delete moved.$schema
  return moved
}
