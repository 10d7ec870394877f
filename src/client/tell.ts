/** Calls a listener of the app; what it throws is thrown outside, as from any event listener, and stops nothing here. */
export function tell<Args extends unknown[]>(listener: (...args: Args) => void, ...args: Args): void {
  try {
    listener(...args)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
