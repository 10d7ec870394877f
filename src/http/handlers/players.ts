import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Actions } from '../../actions/actions.ts'
import type { PersonExport } from '../../contract/person.ts'
import type { playerRoutes } from '../../contract/routes/players.ts'
import { AppError } from '../../errors.ts'
import type { Handlers } from './handler.ts'
import { json, noContent, type HttpResponse } from '../message.ts'

/** Profiles, moderation and privacy. */
export function playerHandlers(actions: Actions) {
  return {
    putProfile: async ({ params, body }) => {
      if (body.playerId !== undefined && body.playerId !== params.playerId) throw otherPlayer()
      const { created, profile } = await actions.putProfile(params.playerId, body)
      return json(created ? 201 : 200, profile)
    },
    getProfile: async ({ params }) => json(200, await actions.getProfile(params.playerId)),
    removePlayer: async ({ caller, params }) => {
      await actions.removePlayer(caller, params.leaderboard, params.playerId)
      return noContent()
    },
    banPlayer: async ({ caller, params, body }) =>
      json(200, await actions.banPlayer(caller, params.playerId, body.reason)),
    unbanPlayer: async ({ caller, params, body }) =>
      json(200, await actions.unbanPlayer(caller, params.playerId, body.reason ?? null)),
    erasePlayer: async ({ caller, params }) => {
      await actions.erasePlayer(caller, params.playerId)
      return noContent()
    },
    exportPlayer: async ({ caller, params }) => exported(await actions.exportPlayer(caller, params.playerId)),
  } satisfies Handlers<keyof typeof playerRoutes>
}

const itemsPerTurn = 1000

/** As JSON, made in portions: 100,000 rows in one go would keep everybody else waiting. */
async function exported(person: PersonExport): Promise<HttpResponse> {
  const fields: string[] = []
  for (const [name, value] of Object.entries(person))
    fields.push(`${JSON.stringify(name)}:${Array.isArray(value) ? await listed(value) : JSON.stringify(value)}`)
  return { status: 200, headers: { 'content-type': 'application/json' }, body: `{${fields.join(',')}}` }
}

async function listed(items: unknown[]): Promise<string> {
  const portions: string[] = []
  for (let from = 0; from < items.length; from += itemsPerTurn) {
    portions.push(JSON.stringify(items.slice(from, from + itemsPerTurn)).slice(1, -1))
    await nextTurn()
  }
  return `[${portions.join(',')}]`
}

function otherPlayer(): AppError {
  const message = 'is not the player of the path'
  return new AppError('VALIDATION', `playerId: ${message}`, { issues: [{ path: 'playerId', message }] })
}
