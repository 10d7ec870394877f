-- Commits a batch that was folded over what a lane remembers: locks the players, compares what the fold stood on and
-- writes, in one round trip. Answers the range of ledger ids drawn for the next batch, or nothing when anything was not
-- as it was taken to be; then nothing is written. Every statement in here has a snapshot of its own, so that what follows
-- the locks sees what committed before them.
CREATE FUNCTION commit_batch(
  -- Distinct; all of them known and none banned.
  locked_players text[],
  -- Standings with the end (epoch ms) and status that the fold was told.
  k_standings int8[], k_ends int8[], k_status text[],
  -- Entries in the order of their keys: as the fold found them, and what they become (version null: they stay).
  e_standings int8[], e_players text[], e_score int8[], e_version int8[], e_tie int8[], to_score int8[], to_version int8[],
  -- Ledger rows.
  s_id int8[], s_board int[], s_player text[], s_submission text[], s_score int8[], s_session text[], s_occurred int8[],
  s_sent int[], s_metadata text[], s_effects text,
  -- The newest id that the lane drew, and how many more it wants.
  newest int8, draw int,
  OUT first_id int8, OUT last_id int8
) LANGUAGE plpgsql AS $$
DECLARE
  same boolean;
BEGIN
  select count(*) filter (where banned_at is null) = cardinality(locked_players) into same
  from (select banned_at from players where id = any(locked_players) order by id for no key update) locked;
  if not same then return; end if;

  -- Ids have to be drawn when the locks are held. Those drawn before count as such while nobody has drawn since.
  if pg_sequence_last_value('submissions_id_seq') is distinct from newest then return; end if;

  select count(*) = cardinality(k_standings) into same
  from unnest(k_standings, k_ends, k_status) k (id, ends, status)
  cross join lateral (select ends_at, status from standings where id = k.id limit 1) s
  where s.status::text = k.status and (extract(epoch from s.ends_at) * 1000)::int8 is not distinct from k.ends;
  if not same then return; end if;

  select count(*) = cardinality(e_standings) into same
  from unnest(e_standings, e_players, e_score, e_version, e_tie) k (standings_id, player_id, score, version, tie)
  cross join lateral (
    select score, version, tie, hidden from leaderboard_entries
    where standings_id = k.standings_id and player_id = k.player_id limit 1
  ) e
  where e.version = k.version and e.score = k.score and e.tie = k.tie and not e.hidden;
  if not same then return; end if;

  insert into leaderboard_entries (standings_id, player_id, score, version, tie)
  select standings_id, player_id, score, version, version
  from unnest(e_standings, e_players, to_score, to_version) r (standings_id, player_id, score, version)
  where version is not null
  on conflict (standings_id, player_id) do update
    set score = excluded.score, version = excluded.version, tie = excluded.tie;

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
