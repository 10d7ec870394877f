import * as repair from '../repair.ts'
import type { Route } from './route.ts'

/** Repair for operators: how Redis compares with Postgres, and what makes them equal. */
export const repairRoutes = {
  reconcile: {
    method: 'POST',
    path: '/v1/admin/reconcile',
    summary: 'Compare Redis with Postgres, entry by entry, and repair what differs; answered when done',
    access: 'admin',
    body: repair.reconcileBody,
    bodyOptional: true,
    replies: { 200: repair.reconciledSchema },
  },
  rebuild: {
    method: 'POST',
    path: '/v1/admin/rebuild',
    summary: 'Build lists in Redis anew from Postgres, served all the while; answered when done',
    access: 'admin',
    body: repair.rebuildBody,
    bodyOptional: true,
    replies: { 200: repair.rebuiltSchema },
  },
  reopen: {
    method: 'POST',
    path: '/v1/admin/reopen',
    summary:
      'Take scores again: a period that has not ended, or a session, that was closed by mistake and is not sealed',
    access: 'admin',
    body: repair.reopenBody,
    replies: { 200: repair.reopenedSchema },
  },
  readDrift: {
    method: 'GET',
    path: '/v1/admin/drift',
    summary: 'The last 50 audits and rebuilds, newest first',
    access: 'admin',
    replies: { 200: repair.driftSchema },
  },
} as const satisfies Record<string, Route>
