import { RequestError } from './http-client.ts'

/**
 * Runs a command: `parse` reads its options and throws on wrong ones, `run` returns the exit code. Prints the help when it
 * is asked for, or needed. Returns the exit code: 2 is wrong usage, 1 an error of the server or on the way to it, which is
 * printed with `afterError`.
 */
export async function runCommand<Values extends { help?: boolean | undefined; url?: string | undefined }>(command: {
  help: string
  afterError: string
  parse(): Values
  run(values: Values): Promise<number>
}): Promise<number> {
  let values
  try {
    values = command.parse()
    if (values.url !== undefined && !/^https?:\/\/./.test(values.url)) throw new Error('--url takes an http address')
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${command.help}`)
    return 2
  }
  if (values.help) {
    console.log(command.help)
    return 0
  }
  try {
    return await command.run(values)
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    console.error(`Stopped by ${error.message}\n${command.afterError}`)
    return 1
  }
}
