// Renders openapi.json as a page. Text is only ever set as text.
"use strict";

function make(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// Text in which `words` between backticks are code.
function prose(text) {
  return make("span", {}, ...text.split("`").map((part, place) => (place % 2 ? make("code", {}, part) : part)));
}

function resolved(api, part) {
  if (!part || !part.$ref) return part;
  return part.$ref.slice(2).split("/").reduce((found, key) => found[key], api);
}

function typeOf(schema) {
  if (!schema) return "any";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  if (schema.type === "object" && schema.additionalProperties) return `map to ${typeOf(schema.additionalProperties)}`;
  return [].concat(schema.type || "any").join(" or ");
}

function refsOf(schema) {
  if (!schema || typeof schema !== "object") return [];
  const own = schema.$ref ? [schema.$ref] : [];
  return own.concat(...Object.values(schema).map(refsOf));
}

function table(head, rows) {
  const line = (cell, values) => make("tr", {}, ...values.map((value) => make(cell, {}, value)));
  return make("table", {}, make("thead", {}, line("th", head)), make("tbody", {}, ...rows.map((row) => line("td", row))));
}

function typeDetails(api, reference, seen) {
  if (seen.has(reference)) return [];
  seen.add(reference);
  const schema = resolved(api, { $ref: reference });
  const needed = new Set(schema.required || []);
  const rows = Object.entries(schema.properties || {}).map(([name, each]) => [
    make("code", {}, name),
    make("code", {}, typeOf(each)),
    prose([needed.has(name) ? "" : "optional", each.description || ""].filter(Boolean).join(". ")),
  ]);
  const body = rows.length ? table(["field", "type", "meaning"], rows) : make("p", {}, make("code", {}, typeOf(schema)));
  const whole = make("details", {}, make("summary", {}, make("code", {}, reference.split("/").pop())));
  whole.append(make("p", { class: "note" }, prose(schema.description || "")), body);
  const below = refsOf(schema).flatMap((inner) => typeDetails(api, inner, seen));
  return [whole, ...below];
}

// The same operation on courses, groups and users is shown once: {verb, paths, operation} of each.
function operationsOf(api) {
  const found = new Map();
  for (const [path, verbs] of Object.entries(api.paths))
    for (const [verb, operation] of Object.entries(verbs)) {
      const key = `${operation.tags[0]} ${verb} ${operation.summary}`;
      if (found.has(key)) found.get(key).same.push({ path, operation });
      else found.set(key, { verb, same: [{ path, operation }] });
    }
  return [...found.values()].map(({ verb, same }) => ({ verb, paths: same.map((each) => each.path), operation: merged(same) }));
}

function merged(same) {
  const operation = { ...same[0].operation, parameters: [...same[0].operation.parameters] };
  for (const other of same.slice(1))
    for (const each of other.operation.parameters)
      if (!operation.parameters.some((known) => known.name === each.name)) operation.parameters.push(each);
  operation.parameters.sort((a, b) => (a.in === "path" ? 0 : 1) - (b.in === "path" ? 0 : 1));
  return operation;
}

// The parts in which paths differ, side by side: /api/v1/courses|groups|users/{id}
function together(paths) {
  const parts = paths.map((path) => path.split("/"));
  return parts[0]
    .map((_, place) => [...new Set(parts.map((each) => each[place]))])
    .map((each) => (each.length > 1 && each[0].startsWith("{") ? "{context_id}" : each.join("|")))
    .join("/");
}

function curl(verb, path, operation) {
  const words = [verb === "get" ? "curl" : `curl -X ${verb.toUpperCase()}`];
  if (!operation.security) words.push('-H "Authorization: Bearer $TOKEN"');
  const body = operation.requestBody && operation.requestBody.content["application/json"];
  if (body) words.push(`-H 'Content-Type: application/json' -d '${JSON.stringify(body.example || {})}'`);
  const filled = path.replace(/\{course_id\}/, "12").replace(/\{id\}/, path.includes("progress") ? "43" : "42");
  words.push(`"${location.origin}${filled}"`);
  return words.join(" \\\n  ");
}

function exampleOf(media, content) {
  if (content.example === undefined) return [];
  const text = typeof content.example === "string" ? content.example : JSON.stringify(content.example, null, 2);
  return [make("details", { class: "example" }, make("summary", {}, `Example: ${media}`), make("pre", {}, text))];
}

function operationDetails(api, paths, verb, operation) {
  const path = paths[0];
  const whole = make("details", { id: operation.operationId });
  whole.append(
    make(
      "summary",
      {},
      make("span", { class: "verb" }, verb.toUpperCase()),
      make("code", { class: "path" }, together(paths)),
      ` ${operation.summary}`,
    ),
  );
  if (operation.description) whole.append(make("p", { class: "note" }, operation.description));
  whole.append(make("pre", {}, curl(verb, path, operation)));
  const seen = new Set();
  const types = [];
  const examples = [];
  if (operation.parameters.length) {
    const rows = operation.parameters.map((each) => [
      make("code", {}, each.name),
      each.in,
      make("code", {}, typeOf(each.schema)),
      prose(each.description || ""),
    ]);
    whole.append(make("h4", {}, "Parameters"), table(["name", "in", "type", "meaning"], rows));
  }
  if (operation.requestBody) {
    const media = Object.entries(operation.requestBody.content);
    whole.append(make("h4", {}, "Body"), make("p", {}, `${typeOf(media[0][1].schema)} as ${media.map(([name]) => name).join(", ")}`));
    types.push(...refsOf(media[0][1].schema));
  }
  const events = [];
  const shown = new Set();
  const rows = Object.entries(operation.responses).map(([status, given]) => {
    const answer = resolved(api, given);
    const [media, content] = Object.entries(answer.content || {})[0] || ["", {}];
    if (status < "400") types.push(...refsOf(content.schema), ...refsOf(content["x-events"]));
    const headers = Object.keys(answer.headers || {}).join(", ");
    const text = JSON.stringify(content.example);
    if (status < "400" && !shown.has(text)) examples.push(...exampleOf(`${status} ${media}`, content));
    shown.add(text);
    for (const [name, schema] of Object.entries(content["x-events"] || {})) events.push([make("code", {}, name), make("code", {}, typeOf(schema))]);
    return [status, answer.description, make("code", {}, content.schema ? typeOf(content.schema) : media), headers];
  });
  whole.append(make("h4", {}, "Answers"), table(["status", "meaning", "body", "headers"], rows));
  if (events.length) whole.append(make("h4", {}, "Events"), table(["event", "data"], events));
  whole.append(...examples);
  whole.append(...types.flatMap((each) => typeDetails(api, each, seen)));
  return whole;
}

function show(api) {
  document.getElementById("about").textContent = `${api.info.description} Version ${api.info.version}.`;
  const main = document.getElementById("operations");
  main.replaceChildren();
  const operations = operationsOf(api);
  for (const tag of api.tags) {
    const section = make("section", {}, make("h2", {}, tag.name));
    for (const { verb, paths, operation } of operations)
      if (operation.tags.includes(tag.name)) section.append(operationDetails(api, paths, verb, operation));
    main.append(section);
  }
  document.getElementById("filter").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    for (const section of main.querySelectorAll("section")) {
      for (const each of section.querySelectorAll(":scope > details"))
        each.hidden = !each.querySelector("summary").textContent.toLowerCase().includes(wanted);
      section.hidden = ![...section.querySelectorAll(":scope > details")].some((each) => !each.hidden);
    }
  });
}

fetch("openapi.json")
  .then((answer) => answer.json())
  .then(show)
  .catch((error) => { document.getElementById("about").textContent = `The description cannot be read: ${error}`; });
