// The shapes of ids and keys, wherever they come in.

/** Of a leaderboard or a season. */
export const slugPattern = /^[a-z0-9][a-z0-9-]{0,47}$/
export const playerIdPattern = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/
/** Of a session, submission or match. */
export const externalIdPattern = /^[A-Za-z0-9_.:-]{1,64}$/
export const regionPattern = /^[A-Z0-9-]{2,8}$/
