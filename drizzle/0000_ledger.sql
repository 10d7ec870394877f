CREATE TYPE "public"."leaderboard_type" AS ENUM('GLOBAL', 'SEASONAL', 'MONTHLY', 'WEEKLY', 'DAILY', 'REGIONAL', 'SESSION');--> statement-breakpoint
CREATE TYPE "public"."ledger_kind" AS ENUM('SCORE', 'MATCH', 'BAN', 'UNBAN', 'REGION', 'REMOVE', 'ERASE');--> statement-breakpoint
CREATE TYPE "public"."metric" AS ENUM('score', 'rating');--> statement-breakpoint
CREATE TYPE "public"."operator" AS ENUM('best', 'last', 'sum');--> statement-breakpoint
CREATE TYPE "public"."rank_order" AS ENUM('desc', 'asc');--> statement-breakpoint
CREATE TYPE "public"."rank_style" AS ENUM('ordinal', 'competition');--> statement-breakpoint
CREATE TYPE "public"."standings_status" AS ENUM('OPEN', 'CLOSING', 'SEALING', 'SEALED');--> statement-breakpoint
CREATE TYPE "public"."submit_by" AS ENUM('server', 'player');--> statement-breakpoint
CREATE TYPE "public"."tie_rule" AS ENUM('first', 'last', 'id');--> statement-breakpoint
CREATE SEQUENCE "public"."submissions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "leaderboard_entries" (
	"standings_id" bigint NOT NULL,
	"player_id" text COLLATE "C" NOT NULL,
	"score" bigint NOT NULL,
	"version" bigint NOT NULL,
	"tie" bigint NOT NULL,
	"hidden" boolean DEFAULT false NOT NULL,
	"final_rank" integer,
	CONSTRAINT "leaderboard_entries_standings_id_player_id_pk" PRIMARY KEY("standings_id","player_id")
);
--> statement-breakpoint
CREATE TABLE "leaderboards" (
	"no" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "leaderboards_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"id" text COLLATE "C" NOT NULL,
	"title" text NOT NULL,
	"metric" "metric" NOT NULL,
	"rank_order" "rank_order" NOT NULL,
	"operator" "operator" NOT NULL,
	"ties" "tie_rule" NOT NULL,
	"rank_style" "rank_style" NOT NULL,
	"types" "leaderboard_type"[] NOT NULL,
	"decimals" smallint NOT NULL,
	"min_score" bigint,
	"max_score" bigint,
	"timezone" text NOT NULL,
	"submit_by" "submit_by" NOT NULL,
	"live_limit" smallint NOT NULL,
	"tick_ms" integer NOT NULL,
	"grace_ms" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "leaderboards_decimals" CHECK ("leaderboards"."decimals" between 0 and 6)
);
--> statement-breakpoint
CREATE TABLE "players" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"display_name" text NOT NULL,
	"region" text COLLATE "C",
	"country" text,
	"avatar_url" text,
	"metadata" jsonb,
	"banned_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "standings" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "standings_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"leaderboard_no" integer NOT NULL,
	"type" "leaderboard_type" NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"starts_at" timestamp with time zone,
	"ends_at" timestamp with time zone,
	"status" "standings_status" DEFAULT 'OPEN' NOT NULL,
	"generation" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "submissions" (
	"id" bigint DEFAULT nextval('submissions_id_seq') NOT NULL,
	"leaderboard_no" integer NOT NULL,
	"player_id" text COLLATE "C" NOT NULL,
	"submission_id" text COLLATE "C",
	"kind" "ledger_kind" DEFAULT 'SCORE' NOT NULL,
	"score" bigint,
	"session_id" text COLLATE "C",
	"effects" jsonb NOT NULL,
	"occurred_at" timestamp with time zone NOT NULL,
	"occurred_sent" boolean DEFAULT false NOT NULL,
	"metadata" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	CONSTRAINT "submissions_leaderboard_no_player_id_id_pk" PRIMARY KEY("leaderboard_no","player_id","id")
);
--> statement-breakpoint
ALTER TABLE "standings" ADD CONSTRAINT "standings_leaderboard_no_leaderboards_no_fk" FOREIGN KEY ("leaderboard_no") REFERENCES "public"."leaderboards"("no") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "leaderboards_id" ON "leaderboards" USING btree ("id") WHERE deleted_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "standings_key" ON "standings" USING btree ("leaderboard_no","type","key");--> statement-breakpoint
CREATE UNIQUE INDEX "submissions_key" ON "submissions" USING btree ("leaderboard_no","player_id","submission_id");--> statement-breakpoint
CREATE INDEX "submissions_xid" ON "submissions" USING btree ("xid");--> statement-breakpoint
ALTER TABLE "leaderboard_entries" SET (fillfactor = 80, autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_scale_factor = 0.05);--> statement-breakpoint
ALTER TABLE "submissions" SET (autovacuum_analyze_scale_factor = 0.02);--> statement-breakpoint
ALTER TABLE "players" SET (fillfactor = 90, autovacuum_analyze_scale_factor = 0.02);
