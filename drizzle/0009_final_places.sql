CREATE TABLE "final_places" (
	"standings_id" bigint NOT NULL,
	"place" integer NOT NULL,
	"player_id" text COLLATE "C",
	"score" bigint,
	CONSTRAINT "final_places_standings_id_place_pk" PRIMARY KEY("standings_id","place")
);
--> statement-breakpoint
INSERT INTO "final_places" ("standings_id", "place", "player_id", "score")
SELECT "standings_id", "final_rank", "player_id", "score" FROM "leaderboard_entries" WHERE "final_rank" IS NOT NULL
ORDER BY "standings_id", "final_rank";--> statement-breakpoint
-- Whoever was erased left a gap.
INSERT INTO "final_places" ("standings_id", "place")
SELECT "f"."standings_id", "p"."place"
FROM (SELECT "standings_id", max("place") AS "last", count(*) AS "n" FROM "final_places" GROUP BY "standings_id") "f"
CROSS JOIN LATERAL generate_series(1, "f"."last") "p" ("place")
WHERE "f"."n" < "f"."last" AND NOT EXISTS (
	SELECT FROM "final_places" "t" WHERE "t"."standings_id" = "f"."standings_id" AND "t"."place" = "p"."place"
);--> statement-breakpoint
DROP INDEX "leaderboard_entries_final";--> statement-breakpoint
CREATE INDEX "final_places_player" ON "final_places" USING btree ("player_id","standings_id");--> statement-breakpoint
CREATE INDEX "final_places_erased" ON "final_places" USING btree ("standings_id") WHERE player_id is null;--> statement-breakpoint
CREATE INDEX "leaderboard_entries_hidden" ON "leaderboard_entries" USING btree ("standings_id","player_id") WHERE hidden;--> statement-breakpoint
CREATE INDEX "standings_begun" ON "standings" USING btree ("leaderboard_no","type",coalesce(starts_at, created_at),"id") WHERE coalesce(starts_at, created_at) is not null;--> statement-breakpoint
ALTER TABLE "leaderboard_entries" DROP COLUMN "final_rank";