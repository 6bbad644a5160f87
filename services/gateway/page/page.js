// Renders openapi.json as a page. Text is only ever set as text.
"use strict";

function make(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
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
    `${needed.has(name) ? "" : "optional. "}${each.description || ""}`,
  ]);
  const body = rows.length ? table(["field", "type", ""], rows) : make("p", {}, make("code", {}, typeOf(schema)));
  const whole = make("details", {}, make("summary", {}, make("code", {}, reference.split("/").pop())));
  whole.append(make("p", { class: "note" }, schema.description || ""), body);
  const below = refsOf(schema).flatMap((inner) => typeDetails(api, inner, seen));
  return [whole, ...below];
}

function curl(verb, path, operation) {
  const words = [`curl -X ${verb.toUpperCase()}`];
  if (!operation.security) words.push('-H "Authorization: Bearer $TOKEN"');
  if (operation.requestBody) words.push("-H 'Content-Type: application/json' -d '{...}'");
  words.push(`"${location.origin}${path}"`);
  return words.join(" \\\n  ");
}

function operationDetails(api, path, verb, operation) {
  const whole = make("details", { id: operation.operationId });
  whole.append(
    make(
      "summary",
      {},
      make("span", { class: "verb" }, verb.toUpperCase()),
      make("code", { class: "path" }, path),
      ` ${operation.summary}`,
    ),
  );
  if (operation.description) whole.append(make("p", { class: "note" }, operation.description));
  whole.append(make("pre", {}, curl(verb, path, operation)));
  const seen = new Set();
  const types = [];
  if (operation.parameters.length) {
    const rows = operation.parameters.map((each) => [
      make("code", {}, each.name),
      each.in,
      make("code", {}, typeOf(each.schema)),
      each.description || "",
    ]);
    whole.append(make("h4", {}, "Parameters"), table(["name", "in", "type", ""], rows));
  }
  if (operation.requestBody) {
    const media = Object.entries(operation.requestBody.content);
    whole.append(make("h4", {}, "Body"), make("p", {}, `${typeOf(media[0][1].schema)} as ${media.map(([name]) => name).join(", ")}`));
    types.push(...refsOf(media[0][1].schema));
  }
  const rows = Object.entries(operation.responses).map(([status, given]) => {
    const answer = resolved(api, given);
    const [media, content] = Object.entries(answer.content || {})[0] || ["", {}];
    if (status < "400") types.push(...refsOf(content.schema));
    const headers = Object.keys(answer.headers || {}).join(", ");
    return [status, answer.description, make("code", {}, content.schema ? typeOf(content.schema) : media), headers];
  });
  whole.append(make("h4", {}, "Answers"), table(["status", "", "body", "headers"], rows));
  whole.append(...types.flatMap((each) => typeDetails(api, each, seen)));
  return whole;
}

function show(api) {
  document.getElementById("about").textContent = `${api.info.description} Version ${api.info.version}.`;
  const main = document.getElementById("operations");
  main.replaceChildren();
  for (const tag of api.tags) {
    const section = make("section", {}, make("h2", {}, tag.name));
    for (const [path, verbs] of Object.entries(api.paths))
      for (const [verb, operation] of Object.entries(verbs))
        if (operation.tags.includes(tag.name)) section.append(operationDetails(api, path, verb, operation));
    main.append(section);
  }
  document.getElementById("filter").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    for (const each of main.querySelectorAll("section > details"))
      each.hidden = !each.querySelector("summary").textContent.toLowerCase().includes(wanted);
  });
}

fetch("openapi.json")
  .then((answer) => answer.json())
  .then(show)
  .catch((error) => { document.getElementById("about").textContent = `The description cannot be read: ${error}`; });
