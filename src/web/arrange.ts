import { longestIncreasing } from '../ranking/longest-increasing.ts'

type Mover = { moveBefore?(node: Node, child: Node | null): void }

/**
 * Puts elements into `parent` in this order, for the keyboard and for readers aloud: where rows are seen is up to their
 * transforms. Touches only those that have to move relative to the others; other children stay where they are.
 */
export function arrange(parent: HTMLElement, elements: readonly HTMLElement[]): void {
  const positions = new Map([...parent.children].map((child, index) => [child, index]))
  const there = elements.filter((element) => positions.has(element))
  const staying = new Set(longestIncreasing(there.map((element) => positions.get(element)!)).map((at) => there[at]!))

  const focused = document.activeElement
  let torn = false
  let next: HTMLElement | null = null
  for (const element of elements.toReversed()) {
    if (!staying.has(element)) torn = put(parent, element, next) || torn
    next = element
  }
  if (!torn) return
  if (focused instanceof HTMLElement && parent.contains(focused)) focused.focus({ preventScroll: true })
  // Taken out and put back, an element has no place to glide from until its present one was looked at.
  void parent.offsetHeight
}

/** Whether the element was taken out to do so, which ends its transitions and its focus. */
function put(parent: HTMLElement, element: HTMLElement, next: HTMLElement | null): boolean {
  const mover = parent as HTMLElement & Mover
  if (element.parentNode === parent && mover.moveBefore !== undefined) {
    mover.moveBefore(element, next)
    return false
  }
  const wasThere = element.parentNode === parent
  parent.insertBefore(element, next)
  return wasThere
}
