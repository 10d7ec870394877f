import type { Actions } from '../../actions/actions.ts'
import type { repairRoutes } from '../../contract/routes/repair.ts'
import { json } from '../message.ts'
import type { Handlers } from './handler.ts'

export function repairHandlers(actions: Actions) {
  return {
    reconcile: async ({ caller, body }) => json(200, await actions.reconcile(caller, body)),
    rebuild: async ({ caller, body }) => json(200, await actions.rebuild(caller, body)),
    reopen: async ({ body }) => json(200, await actions.reopen(body)),
    readDrift: async () => json(200, await actions.readDrift()),
  } satisfies Handlers<keyof typeof repairRoutes>
}
