// Preloaded into a server (`node --import`): its wall clock is ahead by CLOCK_SHIFT_MS; the steady one is as it was.
const RealDate = Date
const shift = Number(process.env.CLOCK_SHIFT_MS)
globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shift)
    else super(...args)
  }
  static now() {
    return RealDate.now() + shift
  }
}
