import { loadUws } from '../../src/transport/load-uws.ts'

/** The engines this machine has; the same tests pass on each. */
export const engines: ('uws' | 'node')[] = 'uws' in loadUws() ? ['uws', 'node'] : ['node']
