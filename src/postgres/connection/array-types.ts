/**
 * Arrays as parameters. postgres.js can look the array types up by itself, but does so on every new connection and in a
 * promise without a handler: a connection cut at that moment would end the process. So that is off, and these are told.
 */
export const arrayTypes = {
  textArray: arrayType<string>(1009, quote),
  intArray: arrayType<number>(1007, String),
  bigintArray: arrayType<number>(1016, String),
}

// `to` is the type's fixed oid. Nothing selects arrays, hence no parser.
function arrayType<Item>(to: number, write: (item: Item) => string) {
  const serialize = (items: (Item | null)[]) =>
    `{${items.map((item) => (item === null ? 'NULL' : write(item))).join(',')}}`
  return { to, from: [], serialize, parse: (raw: string) => raw }
}

function quote(text: string): string {
  return `"${/["\\]/.test(text) ? text.replaceAll(/["\\]/g, '\\$&') : text}"`
}
