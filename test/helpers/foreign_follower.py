"""Follows one room with python-socketio, written from docs/protocol.md alone.

Usage: foreign_follower.py <url> <leaderboard>. On a line of stdin it prints {"epoch", "seq", "rows", "total", "sums"} as
JSON: the rows it holds, and how many messages had a sum that its list did not match.
Or: foreign_follower.py --vectors <docs/protocol-vectors.json>. It prints the names of those that it does not get right, as
JSON, and needs no packages.
"""
import json
import sys
import threading
import time


def sum_of(rows, decimals):
    value = 2166136261
    for row in rows:
        line = "%s:%d\n" % (row["playerId"], round(row["score"] * 10**decimals))
        for byte in line.encode():
            value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


def position(told):
    return told["epoch"], told["seq"]


def apply(held, delta):
    """What to do with a delta, and what is held after it."""
    if position(delta) <= position(held):
        return "ignore", held
    if delta["epoch"] != held["epoch"] or delta["seq"] != held["seq"] + 1:
        return "join with position", held
    profiles = {row["playerId"]: row for row in held["rows"]}
    gone = set(delta["del"]) | {entry[1] for entry in delta["set"]}
    rows = [row for row in held["rows"] if row["playerId"] not in gone]
    for index, player, score, *told in delta["set"]:
        profile = told[0] if told else profiles.get(player, {"displayName": player})
        kept = {key: profile[key] for key in ("displayName", "region") if key in profile}
        rows.insert(index, {"playerId": player, "score": score, **kept})
    rows = rows[: held["limit"]]
    if sum_of(rows, held["decimals"]) != delta["sum"]:
        return "join without position", held
    return "apply", {**held, "epoch": delta["epoch"], "seq": delta["seq"], "total": delta["total"], "rows": rows}


def ranks_of(scores, style):
    ranks = []
    for at, score in enumerate(scores):
        same = style == "competition" and at > 0 and score == scores[at - 1]
        ranks.append(ranks[-1] if same else at + 1)
    return ranks


def wrong_vectors(file):
    with open(file, encoding="utf-8") as text:
        vectors = json.load(text)
    for one in vectors["sums"]:
        if sum_of(one["rows"], one["decimals"]) != one["sum"]:
            yield one["name"]
    for one in vectors["deltas"]:
        do, held = apply(one["held"], one["delta"])
        after = {key: held[key] for key in one["after"]}
        if (do, after, sum_of(held["rows"], held["decimals"])) != (one["do"], one["after"], one["sum"]):
            yield one["name"]
    for one in vectors["ranks"]:
        if any(ranks_of(one["scores"], style) != one[style] for style in ("ordinal", "competition")):
            yield one["name"]


class Follower:
    def __init__(self, url, leaderboard):
        import socketio

        self.leaderboard = leaderboard
        self.client = socketio.Client(reconnection=False)
        self.lock = threading.Lock()
        self.held = None
        self.early = []
        self.joining = True
        self.back_since = None
        self.wrong_sums = 0
        self.client.on("standings:delta", self.on_delta)
        self.client.on("standings:reset", self.on_reset)
        self.client.on("standings:head", self.on_head)
        self.client.connect(url, transports=["websocket"])
        self.join()

    def replace(self, joined):
        self.held = joined
        if sum_of(joined["rows"], joined["decimals"]) != joined["sum"]:
            self.wrong_sums += 1

    def take(self, delta):
        do, self.held = apply(self.held, delta)
        if do == "join without position":
            self.wrong_sums += 1
        # Everything arrives here, and in order.
        assert do in ("apply", "ignore"), do
        if do == "apply":
            self.back_since = None

    def on_delta(self, delta):
        with self.lock:
            self.early.append(delta) if self.joining else self.take(delta)

    def on_reset(self, joined):
        with self.lock:
            if self.held is not None and joined["epoch"] > self.held["epoch"]:
                self.replace(joined)

    def on_head(self, head):
        with self.lock:
            if self.joining:
                return
            if position(head) == position(self.held):
                self.held["total"] = head["total"]
            if position(head) >= position(self.held):
                self.back_since = None
                return
            self.back_since = self.back_since or time.monotonic()
            if time.monotonic() - self.back_since < 3:
                return
        self.join()

    def join(self):
        with self.lock:
            self.joining, self.early, self.back_since = True, [], None
        answer = self.client.call("standings:join", {"leaderboard": self.leaderboard})
        with self.lock:
            self.replace(answer["data"])
            self.joining = False
            for delta in self.early:
                self.take(delta)

    def shown(self):
        with self.lock:
            rows = [{key: row[key] for key in ("playerId", "displayName", "score")} for row in self.held["rows"]]
            told = {key: self.held[key] for key in ("epoch", "seq", "total")}
            return {**told, "rows": rows, "sums": self.wrong_sums}


if sys.argv[1] == "--vectors":
    print(json.dumps(list(wrong_vectors(sys.argv[2]))))
else:
    follower = Follower(sys.argv[1], sys.argv[2])
    print("joined", flush=True)
    for _ in sys.stdin:
        print(json.dumps(follower.shown()), flush=True)
    follower.client.disconnect()
