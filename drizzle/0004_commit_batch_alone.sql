DROP FUNCTION commit_batch(
  text[], int8[], int8[], text[], int8[], text[], int8[], int8[], int8[], int8[], int8[], int8[], int[], text[], text[],
  int8[], text[], int8[], int[], text[], text, int8, int
);
--> statement-breakpoint
-- Commits a batch that was folded over what a lane remembers: compares what the fold stood on and writes, in one round
-- trip. Answers the range of ledger ids drawn for the next batch, or nothing when anything was not as it was taken to be;
-- then nothing is written. Whoever locks players shares the lock named here; holding it alone stands for the lock of every
-- player. Every statement in here has a snapshot of its own, so that what follows the lock sees what committed before it.
CREATE FUNCTION commit_batch(
  alone int8,
  -- Standings with the end (epoch ms) and status that the fold was told.
  k_standings int8[], k_ends int8[], k_status text[],
  -- Entries in the order of their keys, at least one of each player: as the fold found them (every change brings another
  -- version), and what they become (null: they stay).
  e_standings int8[], e_players text[], e_score int8[], e_version int8[], to_score int8[], to_version int8[],
  -- Ledger rows.
  s_id int8[], s_board int[], s_player text[], s_submission text[], s_score int8[], s_session text[], s_occurred int8[],
  s_sent int[], s_metadata text[], s_effects text,
  -- The newest id that the lane drew, and how many more it wants.
  newest int8, draw int,
  OUT first_id int8, OUT last_id int8
) LANGUAGE plpgsql AS $$
DECLARE
  same boolean;
  changed int;
BEGIN
  if not pg_try_advisory_xact_lock(alone) then return; end if;
  -- Sealing waits for writers by their transaction id: whoever draws a later one sees the status that it has set.
  perform pg_current_xact_id();

  -- Ids have to be drawn when the lock is held. Those drawn before count as such while nobody has drawn since.
  if pg_sequence_last_value('submissions_id_seq') is distinct from newest then return; end if;

  select count(*) = cardinality(k_standings) into same
  from unnest(k_standings, k_ends, k_status) k (id, ends, status)
  cross join lateral (select ends_at, status from standings where id = k.id limit 1) s
  where s.status::text = k.status and (extract(epoch from s.ends_at) * 1000)::int8 is not distinct from k.ends;
  if not same then return; end if;

  select count(*) = cardinality(array_positions(to_version, null)) into same
  from unnest(e_standings, e_players, e_score, e_version, to_version) k (standings_id, player_id, score, version, next)
  cross join lateral (
    select score, version, hidden from leaderboard_entries
    where standings_id = k.standings_id and player_id = k.player_id and k.next is null limit 1
  ) e
  where e.version = k.version and e.score = k.score and not e.hidden;
  if not same then return; end if;

  begin
    update leaderboard_entries e set score = k.to_score, version = k.next, tie = k.next
    from unnest(e_standings, e_players, e_score, e_version, to_score, to_version)
      k (standings_id, player_id, score, version, to_score, next)
    where e.standings_id = k.standings_id and e.player_id = k.player_id
      and e.version = k.version and e.score = k.score and not e.hidden and k.next is not null;
    get diagnostics changed = row_count;
    -- Takes the update back.
    if changed < cardinality(array_remove(to_version, null)) then raise sqlstate 'RP001'; end if;
  exception when sqlstate 'RP001' then return;
  end;

  insert into submissions
    (id, leaderboard_no, player_id, submission_id, score, session_id, effects, occurred_at, occurred_sent, metadata)
  select id, leaderboard_no, player_id, submission_id, score, session_id, effects,
    to_timestamp(occurred_ms / 1000.0::float8), occurred_sent::bool, metadata::jsonb
  from rows from (
    unnest(s_id, s_board, s_player, s_submission, s_score, s_session, s_occurred, s_sent, s_metadata),
    jsonb_array_elements(s_effects::jsonb)
  ) r (id, leaderboard_no, player_id, submission_id, score, session_id, occurred_ms, occurred_sent, metadata, effects);

  select min(id), max(id) into first_id, last_id
  from (select nextval('submissions_id_seq') as id from generate_series(1, draw)) drawn;
END $$;
