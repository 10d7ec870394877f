import { byId } from './by-id.ts'
import type { Step } from './first-steps.ts'

/** Shows steps; the same ones again are left as they are, since somebody may be about to copy them. */
export function createStepList(): (steps: readonly Step[]) => void {
  const list = byId('steps')
  const more = byId('steps-more')
  let shown = ''

  return (steps) => {
    const text = JSON.stringify(steps)
    if (text === shown) return
    shown = text
    list.replaceChildren(...steps.flatMap(({ label, command }) => [termOf(label), commandOf(command)]))
    list.hidden = steps.length === 0
    more.hidden = steps.length === 0
  }
}

function termOf(label: string): HTMLElement {
  const term = document.createElement('dt')
  term.textContent = label
  return term
}

function commandOf(command: string): HTMLElement {
  const described = document.createElement('dd')
  const block = document.createElement('pre')
  block.append(document.createElement('code'))
  block.firstElementChild!.textContent = command
  described.append(block)
  return described
}
