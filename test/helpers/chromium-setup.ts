import { installChromium } from './chromium.ts'

/** Before browser tests: there is a browser. */
export default installChromium
