import { expect, test } from 'vitest'
import { isListError } from '../../../src/redis/list-error.ts'

// As Redis 7 and Valkey say it, from a script and from a command.
test.each([
  'WRONGTYPE Operation against a key holding the wrong kind of value script: f3a0, on @user_script:40.',
  'WRONGTYPE Operation against a key holding the wrong kind of value',
  'ERR hash value is not an integer script: f3a0, on @user_script:119.',
  'ERR user_script:27: attempt to perform arithmetic on a nil value script: f3a0, on @user_script:27.',
])('said of a list: %s', (message) => expect(isListError(new Error(message))).toBe(true))

test.each([
  "OOM command not allowed when used memory > 'maxmemory'. script: f3a0, on @user_script:40.",
  "READONLY You can't write against a read only replica. script: f3a0, on @user_script:40.",
  'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.',
  'LOADING Redis is loading the dataset in memory',
  'BUSY Redis is busy running a script.',
  'CLUSTERDOWN The cluster is down',
  'MASTERDOWN Link with MASTER is down',
  'NOAUTH Authentication required.',
  "NOPERM this user has no permissions to run the 'evalsha' command",
  'ERR max number of clients reached',
  'ERR Unknown Redis command called from script script: f3a0, on @user_script:3.',
  'Command timed out',
  'Connection is closed.',
])('said of the server: %s', (message) => expect(isListError(new Error(message))).toBe(false))
