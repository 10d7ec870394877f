CREATE TYPE "public"."match_status" AS ENUM('SCHEDULED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED');--> statement-breakpoint
CREATE TYPE "public"."match_type" AS ENUM('RANKED', 'CASUAL', 'TOURNAMENT');--> statement-breakpoint
CREATE TYPE "public"."moderation_action" AS ENUM('BAN', 'UNBAN', 'ERASE', 'CREATE', 'START', 'COMPLETE', 'VERIFY', 'DISPUTE', 'REJECT', 'CANCEL');--> statement-breakpoint
CREATE TYPE "public"."result_type" AS ENUM('WIN', 'LOSS', 'DRAW');--> statement-breakpoint
CREATE TYPE "public"."verification_status" AS ENUM('PENDING', 'VERIFIED', 'DISPUTED', 'REJECTED');--> statement-breakpoint
CREATE TABLE "match_results" (
	"match_id" text COLLATE "C" NOT NULL,
	"slot" smallint NOT NULL,
	"player_id" text COLLATE "C",
	"placement" smallint,
	"result" "result_type",
	"kills" integer,
	"deaths" integer,
	"assists" integer,
	"accuracy" double precision,
	"score" double precision,
	"rating_before" integer,
	"rating_change" integer,
	"applied_id" bigint,
	CONSTRAINT "match_results_match_id_slot_pk" PRIMARY KEY("match_id","slot")
);
--> statement-breakpoint
CREATE TABLE "matches" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"leaderboard_no" integer NOT NULL,
	"type" "match_type" NOT NULL,
	"status" "match_status" DEFAULT 'SCHEDULED' NOT NULL,
	"verification" "verification_status",
	"region" text,
	"scheduled_at" timestamp with time zone,
	"started_at" timestamp with time zone,
	"completed_at" timestamp with time zone,
	"last_step" "moderation_action" NOT NULL,
	"last_body" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "moderation_log" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "moderation_log_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"actor" text,
	"action" "moderation_action" NOT NULL,
	"player_id" text COLLATE "C",
	"match_id" text COLLATE "C",
	"reason" text
);
--> statement-breakpoint
CREATE TABLE "player_totals" (
	"player_id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"matches" integer NOT NULL,
	"wins" integer NOT NULL,
	"losses" integer NOT NULL,
	"draws" integer NOT NULL,
	"kills" integer NOT NULL,
	"deaths" integer NOT NULL,
	"assists" integer NOT NULL,
	"accuracy_sum" double precision NOT NULL,
	"accuracy_count" integer NOT NULL,
	"current_streak" integer NOT NULL,
	"best_streak" integer NOT NULL,
	"best_rating" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "seasons" (
	"slug" text COLLATE "C" PRIMARY KEY NOT NULL,
	"leaderboard_no" integer NOT NULL,
	"standings_id" bigint NOT NULL,
	"title" text NOT NULL,
	"starts_at" timestamp with time zone NOT NULL,
	"ends_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "seasons_span" CHECK ("seasons"."starts_at" < "seasons"."ends_at")
);
--> statement-breakpoint
CREATE TABLE "trend_snapshots" (
	"standings_id" bigint PRIMARY KEY NOT NULL,
	"taken_on" date NOT NULL,
	"ranks" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "leaderboards" ADD COLUMN "auto_verify" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "standings" ADD COLUMN "sealed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "standings" ADD COLUMN "indexed" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "submissions" ADD COLUMN "match_id" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "submissions" ADD COLUMN "reason" text;--> statement-breakpoint
ALTER TABLE "match_results" ADD CONSTRAINT "match_results_match_id_matches_id_fk" FOREIGN KEY ("match_id") REFERENCES "public"."matches"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "match_results" ADD CONSTRAINT "match_results_player_id_players_id_fk" FOREIGN KEY ("player_id") REFERENCES "public"."players"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "matches" ADD CONSTRAINT "matches_leaderboard_no_leaderboards_no_fk" FOREIGN KEY ("leaderboard_no") REFERENCES "public"."leaderboards"("no") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "moderation_log" ADD CONSTRAINT "moderation_log_player_id_players_id_fk" FOREIGN KEY ("player_id") REFERENCES "public"."players"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "moderation_log" ADD CONSTRAINT "moderation_log_match_id_matches_id_fk" FOREIGN KEY ("match_id") REFERENCES "public"."matches"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "player_totals" ADD CONSTRAINT "player_totals_player_id_players_id_fk" FOREIGN KEY ("player_id") REFERENCES "public"."players"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "seasons" ADD CONSTRAINT "seasons_leaderboard_no_leaderboards_no_fk" FOREIGN KEY ("leaderboard_no") REFERENCES "public"."leaderboards"("no") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "seasons" ADD CONSTRAINT "seasons_standings_id_standings_id_fk" FOREIGN KEY ("standings_id") REFERENCES "public"."standings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trend_snapshots" ADD CONSTRAINT "trend_snapshots_standings_id_standings_id_fk" FOREIGN KEY ("standings_id") REFERENCES "public"."standings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "match_results_player" ON "match_results" USING btree ("player_id","applied_id");--> statement-breakpoint
CREATE INDEX "moderation_log_player" ON "moderation_log" USING btree ("player_id","id") WHERE player_id is not null;--> statement-breakpoint
CREATE INDEX "moderation_log_match" ON "moderation_log" USING btree ("match_id","id") WHERE match_id is not null;--> statement-breakpoint
CREATE INDEX "seasons_leaderboard" ON "seasons" USING btree ("leaderboard_no","starts_at");--> statement-breakpoint
CREATE INDEX "leaderboard_entries_player" ON "leaderboard_entries" USING btree ("player_id");--> statement-breakpoint
CREATE UNIQUE INDEX "leaderboard_entries_final" ON "leaderboard_entries" USING btree ("standings_id","final_rank") WHERE final_rank is not null;--> statement-breakpoint
CREATE INDEX "standings_due" ON "standings" USING btree ("ends_at") WHERE status <> 'SEALED';--> statement-breakpoint
CREATE INDEX "standings_indexed" ON "standings" USING btree ("sealed_at") WHERE status = 'SEALED' and indexed;--> statement-breakpoint
CREATE INDEX "standings_sessions" ON "standings" USING btree ("created_at") WHERE type = 'SESSION' and status = 'OPEN';--> statement-breakpoint
CREATE INDEX "submissions_session" ON "submissions" USING btree ("leaderboard_no","session_id","id") WHERE session_id is not null;