// Drives @kth/canvas-api as a script would: creates an export, waits for it, downloads it, lists all pages, meets errors.
// Arguments: base URL, token, "courses/1", export type. Prints one JSON object.

import canvas from "@kth/canvas-api";

const [base, token, context, exportType] = process.argv.slice(2);
const api = new canvas.CanvasApi(`${base}/api/v1`, token, { disableThrottling: true });
const exports = `${context}/content_exports`;

async function statusOf(call) {
  try {
    await call();
    return 200;
  } catch (error) {
    if (!(error instanceof canvas.CanvasApiResponseError)) throw error;
    const body = error.response.json;
    return [error.response.statusCode, body.errors?.[0]?.message ?? body.message];
  }
}

async function finished(progressUrl) {
  for (let tries = 0; tries < 600; tries += 1) {
    const { json } = await api.get(progressUrl);
    if (json.workflow_state === "completed" || json.workflow_state === "failed") return json;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the export took too long");
}

const form = new (await import("undici")).FormData();
form.set("export_type", exportType);

const asked = await api.request(exports, "POST", { export_type: exportType, skip_notifications: true });
const asForm = await api.request(exports, "POST", form);
const progress = await finished(asked.json.progress_url);
const shown = await api.get(`${exports}/${asked.json.id}`);
const bytes = new Uint8Array(await (await fetch(shown.json.attachment.url)).arrayBuffer());
const stranger = new canvas.CanvasApi(`${base}/api/v1`, "nobody's", { disableThrottling: true });

console.log(
  JSON.stringify({
    created: asked.json,
    form: asForm.json.workflow_state,
    progress,
    shown: shown.json,
    magic: String.fromCharCode(...bytes.slice(0, 2)),
    size: bytes.length,
    listed: (await api.listItems(exports, { per_page: 1 }).toArray()).map((each) => each.id),
    pages: (await api.listPages(exports, { per_page: 1 }).toArray()).length,
    self: (await api.get("users/self")).json.id,
    context: (await api.get(context)).json.id,
    bad: await statusOf(() => api.request(exports, "POST", { export_type: "frog" })),
    missing: await statusOf(() => api.get(`${exports}/999999999`)),
    refused: await statusOf(() => stranger.get(exports)),
  }),
);
