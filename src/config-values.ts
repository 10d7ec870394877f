import { z } from 'zod'
import { parseRedisAddress, REDIS_EXAMPLES } from './redis/address.ts'

// Values of variables, as texts that are checked and turned into what the configuration holds.

const MAX_INT = 2_147_483_647 // timers and Postgres settings stop here

/** A whole number of the range; what Postgres and timers take by default. */
export const wholeNumber = (min: number, max = MAX_INT) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be a whole number from ${min} to ${max}`)

/** A whole number of seconds, as milliseconds. */
export const seconds = (min: number, max: number) => wholeNumber(min, max).transform((value) => value * 1000)

/** A text, null where it is ''. */
export const orNull = (schema: z.ZodType<string>) => schema.transform((value) => value || null)

/** true or false. */
export const flag = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true')

/** '' or a URL with one of the protocols. */
export const address = (protocols: string[], example: string) =>
  z.string().refine((value) => {
    const url = URL.canParse(value) ? new URL(value) : null
    return value === '' || (url !== null && protocols.includes(url.protocol))
  }, `must look like ${example}`)

/** Browser origins, comma-separated, or *. */
export const origins = z.string().transform((value, context): string[] | '*' => {
  if (value === '*') return '*'
  const list = value.split(',').map((origin) => origin.trim())
  const wrong = list.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin)
  if (wrong !== undefined) context.addIssue(`"${wrong}" is not an origin such as https://game.example, nor is this *`)
  return list
})

/** '' or a Redis address of one of the three forms. */
export const redisAddress = z
  .string()
  .refine((value) => value === '' || parseRedisAddress(value) !== null, `must look like ${REDIS_EXAMPLES}`)
