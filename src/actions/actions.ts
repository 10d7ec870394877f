import { createDefinitions, type LeaderboardActions } from './define-leaderboards.ts'
import { createExport, type ExportActions, type ExportOptions } from './export-player.ts'
import { createPeriods, type PeriodActions, type PeriodOptions } from './list-periods.ts'
import { createManagement, type ManageOptions, type PlayerActions } from './manage-players.ts'
import { createSeasons, type SeasonActions, type SeasonOptions } from './manage-seasons.ts'
import { createModeration, type ModerateOptions, type ModerationActions } from './moderate-players.ts'
import { createHistory, type HistoryActions, type HistoryOptions } from './read-history.ts'
import { createReads, type ReadActions, type ReadOptions } from './read-standings.ts'
import { createReopen, type ReopenActions, type ReopenOptions } from './reopen-standings.ts'
import { createRepairs, type RepairActions, type RepairListsOptions } from './repair-lists.ts'
import { createMatches, type MatchActions, type MatchOptions } from './run-matches.ts'
import { createSubmitScores, type SubmitActions, type SubmitOptions } from './submit-scores.ts'

/**
 * What the edges may ask of the core, one verb each. The edges have parsed the input by its schema and checked that the
 * caller's role suffices for the verb; what depends on stored state is checked here. All reject with `AppError`.
 */
export interface Actions
  extends
    SubmitActions,
    ReadActions,
    HistoryActions,
    PeriodActions,
    LeaderboardActions,
    PlayerActions,
    ModerationActions,
    ExportActions,
    MatchActions,
    SeasonActions,
    RepairActions,
    ReopenActions {}

export type ActionsOptions = SubmitOptions &
  ReadOptions &
  HistoryOptions &
  PeriodOptions &
  ManageOptions &
  ModerateOptions &
  ExportOptions &
  MatchOptions &
  SeasonOptions &
  RepairListsOptions &
  ReopenOptions

export function createActions(options: ActionsOptions): Actions {
  return {
    ...createSubmitScores(options),
    ...createReads(options),
    ...createHistory(options),
    ...createPeriods(options),
    ...createDefinitions(options),
    ...createManagement(options),
    ...createModeration(options),
    ...createExport(options),
    ...createMatches(options),
    ...createSeasons(options),
    ...createRepairs(options),
    ...createReopen(options),
  }
}
