// Gives the declared right answers to each item of QTI 3.0 in a folder, as a reader that is not ours scores them.
// Prints one JSON object per item: identifier, title, interactions, score, maximum.
import fs from 'node:fs'
import path from 'node:path'
import { JSDOM } from 'jsdom'

const { window } = new JSDOM('<!doctype html><body></body>', { url: 'http://localhost/', pretendToBeVisual: true })
for (const name of Object.getOwnPropertyNames(window)) {
  if (!(name in globalThis)) globalThis[name] = window[name]
}
for (const name of ['Event', 'CustomEvent', 'EventTarget', 'HTMLElement', 'Node', 'Element', 'DOMParser', 'customElements']) {
  globalThis[name] = window[name]
}
// What the components ask of a browser for their looks alone.
const validity = { valid: true }
window.HTMLElement.prototype.attachInternals = () => ({
  states: new Set(), validity, setFormValue () {}, setValidity () {}, checkValidity: () => true, reportValidity: () => true
})
window.HTMLElement.prototype.showPopover = window.HTMLElement.prototype.hidePopover = () => {}
globalThis.ResizeObserver = class { observe () {} unobserve () {} disconnect () {} }
const print = console.log
for (const name of ['log', 'info', 'warn', 'error', 'debug']) console[name] = () => {}

const { qtiTransformItem } = await import('@citolab/qti-components')
const [folder] = process.argv.slice(2)

for (const file of fs.readdirSync(folder).sort()) {
  const source = fs.readFileSync(path.join(folder, file), 'utf8')
  const transformed = await qtiTransformItem().parse(source)
  document.body.replaceChildren(transformed.htmlDoc())
  const item = document.querySelector('qti-assessment-item')
  await item.updateComplete
  const declared = new window.DOMParser().parseFromString(source, 'application/xml')
  for (const response of declared.getElementsByTagName('qti-response-declaration')) {
    const right = [...response.getElementsByTagName('qti-correct-response')].flatMap(correct =>
      [...correct.getElementsByTagName('qti-value')].map(value => value.textContent))
    const single = response.getAttribute('cardinality') === 'single'
    if (right.length) item.updateResponseVariable(response.getAttribute('identifier'), single ? right[0] : right)
  }
  try { item.processResponse() } catch (error) { /* without a response, the reader fails for some rules: no score then */ }
  const value = name => Number(item.variables.find(variable => variable.identifier === name)?.value)
  const interactions = [...item.querySelectorAll('*')].map(e => e.localName).filter(name => name.endsWith('-interaction'))
  print(JSON.stringify({ identifier: item.identifier, title: item.title, interactions, score: value('SCORE'), maximum: value('MAXSCORE') }))
}
process.exit(0)
