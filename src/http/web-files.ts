import { AppError } from '../errors.ts'
import { howToRun } from '../installation.ts'
import { builtFiles, immutable } from './built-files.ts'
import type { HttpResponse, RequestHeaders } from './message.ts'
import { bundleWeb } from './web-bundle.ts'

const pageHeaders = {
  // An address stays, so the page asks every time; what it names is named after its content.
  'cache-control': 'no-cache',
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
}
const files = builtFiles('web', bundleWeb, (name, body) => (name === 'index.html' ? withCommands(body) : body))

/** The spectator page. It names commands as they are entered where this copy is installed. */
export function spectatorPage(headers: RequestHeaders): Promise<HttpResponse> {
  return files.respond('index.html', headers, pageHeaders)
}

function withCommands(html: Buffer): Buffer {
  // What goes before the arguments.
  const beginning = (command: string) => howToRun(command, '').trim()
  const commands = { demo: beginning('demo'), seed: howToRun('seed'), token: beginning('token') }
  return Buffer.from(html.toString().replace('{commands}', JSON.stringify(commands).replaceAll('"', '&quot;')))
}

/** A script, style sheet or picture of the spectator page. Throws NOT_FOUND. */
export async function webFile(name: string, headers: RequestHeaders): Promise<HttpResponse> {
  if (name === 'index.html') throw new AppError('NOT_FOUND', 'there is no such file')
  return files.respond(name, headers, immutable)
}
