import { byId } from './by-id.ts'

const confirmedMs = 2000

/** The button that copies the address of the page. `onCopied` is told whether it worked. */
export function createCopyButton(onCopied: (worked: boolean) => void): void {
  const button = byId('copy-link')
  const label = button.textContent
  let timer: ReturnType<typeof setTimeout> | undefined
  button.addEventListener('click', () => {
    void copy(location.href).then((worked) => {
      button.textContent = worked ? 'Copied' : 'Copy it from the address bar'
      clearTimeout(timer)
      timer = setTimeout(() => void (button.textContent = label), confirmedMs)
      onCopied(worked)
    })
  })
}

async function copy(text: string): Promise<boolean> {
  // Browsers give pages the clipboard on https and localhost only.
  if (typeof navigator.clipboard?.writeText === 'function')
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => copyBySelection(text),
    )
  return copyBySelection(text)
}

function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea')
  const focused = document.activeElement
  field.value = text
  field.className = 'out-of-sight'
  document.body.append(field)
  field.select()
  const worked = document.execCommand('copy')
  field.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return worked
}
