"""Follows one room with python-socketio, written from the text of the protocol alone.

Usage: foreign_follower.py <url> <leaderboard>. On a line of stdin it prints {"epoch", "seq", "rows", "total", "sums"} as
JSON: the rows it holds, and how many messages had a sum that its list did not match.
"""
import json
import sys
import threading
import time

import socketio

url, leaderboard = sys.argv[1], sys.argv[2]
client = socketio.Client(reconnection=False)
lock = threading.Lock()
state = None
rows = []
early = []
joining = True
back_since = None
wrong_sums = 0


def sum_of(decimals):
    value = 2166136261
    for row in rows:
        line = "%s:%d\n" % (row["playerId"], round(row["score"] * 10**decimals))
        for byte in line.encode():
            value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


def check(expected):
    global wrong_sums
    if sum_of(state["decimals"]) != expected:
        wrong_sums += 1


def replace(joined):
    global state, rows
    state, rows = joined, joined["rows"]
    check(joined["sum"])


def apply(delta):
    global rows, back_since
    if (delta["epoch"], delta["seq"]) <= (state["epoch"], state["seq"]):
        return
    assert delta["epoch"] == state["epoch"] and delta["seq"] == state["seq"] + 1, "a gap"
    back_since = None
    held = {row["playerId"]: row for row in rows}
    gone = set(delta["del"]) | {entry[1] for entry in delta["set"]}
    rows = [row for row in rows if row["playerId"] not in gone]
    for entry in sorted(delta["set"], key=lambda entry: entry[0]):
        profile = entry[3] if len(entry) > 3 else held[entry[1]]
        rows.insert(entry[0], {"playerId": entry[1], "score": entry[2], "displayName": profile["displayName"]})
    rows = rows[: state["limit"]]
    state["seq"], state["total"] = delta["seq"], delta["total"]
    check(delta["sum"])


@client.on("standings:delta")
def on_delta(delta):
    with lock:
        early.append(delta) if joining else apply(delta)


@client.on("standings:reset")
def on_reset(joined):
    with lock:
        if state is not None and joined["epoch"] > state["epoch"]:
            replace(joined)


@client.on("standings:head")
def on_head(head):
    global back_since
    with lock:
        if joining:
            return
        told, held = (head["epoch"], head["seq"]), (state["epoch"], state["seq"])
        if told == held:
            state["total"] = head["total"]
        if told >= held:
            back_since = None
            return
        back_since = back_since or time.monotonic()
        if time.monotonic() - back_since < 3:
            return
    join()


def join():
    global joining, early, back_since
    with lock:
        joining, early, back_since = True, [], None
    answer = client.call("standings:join", {"leaderboard": leaderboard})
    with lock:
        replace(answer["data"])
        joining = False
        for delta in early:
            apply(delta)


client.connect(url, transports=["websocket"])
join()
print("joined", flush=True)
for _ in sys.stdin:
    with lock:
        shown = [{key: row[key] for key in ("playerId", "displayName", "score")} for row in rows]
        print(json.dumps({"epoch": state["epoch"], "seq": state["seq"], "rows": shown, "total": state["total"], "sums": wrong_sums}), flush=True)
client.disconnect()
