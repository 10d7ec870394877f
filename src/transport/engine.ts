import type { Server } from 'socket.io'
import type { HttpService } from '../http/service.ts'

/** What an engine needs: the HTTP edge and the Socket.IO server that share its port. */
export interface EngineOptions {
  host: string
  /** 0 takes a free one. */
  port: number
  http: HttpService
  io: Server
  /** Called when `io` has its engine, before connections come. */
  attached: () => void
}

/** A listening engine. */
export interface Engine {
  port: number
  /** Takes no new connections, and asks those that are there to close after their next answer. */
  drain(): void
  /** Closes every connection that is left. */
  close(): Promise<void>
}

/** Bytes that may wait for a slow reader before its connection is closed. */
export const backpressureLimit = 1024 * 1024
/** Seconds for a request to arrive whole. */
export const requestTimeoutS = 15

/** Milliseconds a client gets to answer the closing of its WebSocket. */
export const closeTimeoutMs = 500

export function listenError(host: string, port: number, why: string): Error {
  return new Error(`cannot listen on ${host}:${port}: ${why}`)
}
