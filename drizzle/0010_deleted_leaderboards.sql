ALTER TABLE "leaderboards" ADD COLUMN "purge_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "leaderboards" ADD COLUMN "xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL;--> statement-breakpoint
ALTER TABLE "seasons" ADD COLUMN "xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL;--> statement-breakpoint
CREATE INDEX "leaderboards_xid" ON "leaderboards" USING btree ("xid");--> statement-breakpoint
CREATE INDEX "leaderboards_purge" ON "leaderboards" USING btree ("purge_at") WHERE purge_at is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "seasons_standings" ON "seasons" USING btree ("standings_id");--> statement-breakpoint
CREATE INDEX "seasons_xid" ON "seasons" USING btree ("xid");--> statement-breakpoint
UPDATE "leaderboards" SET "purge_at" = now() WHERE "deleted_at" is not null;
