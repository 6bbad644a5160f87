// Read an AsyncAPI document from stdin; print what the official parser finds in it, as JSON.
import { readFileSync } from 'node:fs'
import { Parser } from '@asyncapi/parser'

const { document, diagnostics } = await new Parser().parse(readFileSync(0, 'utf8'))
const findings = diagnostics.map(({ code, message, path, severity }) => ({ code, message, path: path.join('.'), severity }))
const messages = document ? document.allMessages().all().map(message => message.name()) : []
console.log(JSON.stringify({ valid: document !== undefined, findings, messages }))
