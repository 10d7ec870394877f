export interface Answer<Body = never> {
  status: number
  // Tests look into bodies freely; a wrong guess fails the test.
  body: Body
  headers: Headers
}

export interface Client {
  get<Body = Record<string, never>>(path: string): Promise<Answer<Body>>
  send<Body = Record<string, never>>(method: string, path: string, body?: unknown): Promise<Answer<Body>>
  /** Submits one score to a leaderboard. */
  submit<Body = Record<string, never>>(leaderboard: string, submission: object): Promise<Answer<Body>>
}

/** JSON over HTTP with a token. */
export function createClient(url: string, token: string | null): Client {
  const send = async <Body>(method: string, path: string, body?: unknown): Promise<Answer<Body>> => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as Body, headers: response.headers }
  }
  return {
    get: (path) => send('GET', path),
    send,
    submit: (leaderboard, submission) => send('POST', `/v1/leaderboards/${leaderboard}/scores`, submission),
  }
}
