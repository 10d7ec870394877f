/** Known at once from a cache, or asked for: the hot paths should not pay for a promise and its deadline. */
export type Awaitable<T> = T | Promise<T>
