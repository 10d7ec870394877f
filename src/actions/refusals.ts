import { AppError } from '../errors.ts'

// What several actions refuse with.

export const noLeaderboard = (id: string) => new AppError('NOT_FOUND', `there is no leaderboard ${id}`)
export const noPlayer = (playerId: string) => new AppError('NOT_FOUND', `there is no player ${playerId}`)
export const noMatch = (id: string) => new AppError('NOT_FOUND', `there is no match ${id}`)

/** `where`: a leaderboard or a selector. */
export const notRanked = (playerId: string, where: string) =>
  new AppError('NOT_RANKED', `${playerId} has no place in ${where}`)

/** VALIDATION of one field: `path` as the client wrote it, `message` what is wrong with it. */
export const invalid = (path: string, message: string, detail = `${path} ${message}`) =>
  new AppError('VALIDATION', detail, { issues: [{ path, message }] })
