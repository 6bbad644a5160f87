// Exports of a course: times in the reader's zone, and while one runs the live bar, kept up to date by server-sent events. Without this file the page is loaded again.
const language = document.documentElement.lang;
const live = document.getElementById("live");
const REFRESH_MS = 20000, SPOKEN_STEP = 25, RETRY_MS = 5000, ALLOWED = "notify-when-done";
document.documentElement.classList.add("js");

function localTimes(within) {
  const form = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  for (const time of within.querySelectorAll("time[datetime]")) time.textContent = form.format(new Date(time.dateTime));
}
localTimes(document);

function fill(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
}

function bytes(count) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const power = count < 1 ? 0 : Math.min(3, Math.floor(Math.log10(count) / 3));
  const options = { style: "unit", unit: units[power], unitDisplay: "short", maximumFractionDigits: 1 };
  return new Intl.NumberFormat(language, options).format(count / 1000 ** power);
}

const whole = new Intl.NumberFormat(language);
const percent = new Intl.NumberFormat(language, { style: "percent" });
let spokenAt = 0, before = null;

function put(id, text) {
  document.getElementById(id).textContent = text;
}

function speak(text) {
  put("spoken", text);
}

function showProgress(data) {
  const texts = live.dataset;
  live.querySelector("progress").value = data.completion;
  put("percent", percent.format(data.completion / 100));
  document.title = `${percent.format(data.completion / 100)} · ${document.title.replace(/^[\d.,]+\s?%\s·\s/, "")}`;
  if (data.items_total) put("objects", fill(texts.objects, { done: whole.format(data.items_done), total: whole.format(data.items_total) }));
  if (data.bytes_total) put("bytes", fill(texts.bytes, { done: bytes(data.bytes_done), total: bytes(data.bytes_total) }));
  const at = new Date(data.at).getTime();
  if (before && data.bytes_done > before.bytes && at > before.at) put("rate", fill(texts.rate, { rate: bytes((data.bytes_done - before.bytes) / (at - before.at) * 1000) }));
  if (data.bytes_done !== undefined) before = { at, bytes: data.bytes_done };
  const isLast = data.items_total && data.items_done >= data.items_total;
  put("phase", isLast ? texts.checking : texts.packing);
  const step = Math.floor(data.completion / SPOKEN_STEP) * SPOKEN_STEP;
  if (step > spokenAt) {
    spokenAt = step;
    speak(fill(texts.percent, { percent: percent.format(step / 100) }));
  }
}

function showState(data) {
  const texts = live.dataset;
  if (["exported", "failed", "deleted"].includes(data.workflow_state)) return end(data.workflow_state === "exported" ? texts.done : texts.failed);
  if (data.workflow_state === "exporting") speak(texts.packing);
  refresh();
}

function end(text) {
  source?.close();
  speak(text);
  if (localStorage.getItem(ALLOWED) && Notification.permission === "granted") new Notification(text, { body: live.dataset.name });
  location.reload();
}

async function refresh() {
  try {
    const answer = await fetch(location.pathname, { headers: { "X-Fragment": "now" } });
    if (!answer.ok) return;
    document.getElementById("now").innerHTML = await answer.text();
    localTimes(document.getElementById("now"));
  } catch { /* the stream says when the connection is lost */ }
}

let source = null;
function follow() {
  source = new EventSource(live.dataset.events);
  source.addEventListener("content_export.progress", (event) => showProgress(JSON.parse(event.data)));
  source.addEventListener("content_export.state", (event) => showState(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return;
    put("rate", live.dataset.lost);
    setTimeout(follow, RETRY_MS); // the answer was an error, or that all has been seen
  });
  source.addEventListener("open", () => put("rate", ""));
}

if (live) {
  follow();
  setInterval(() => { if (document.visibilityState === "visible") refresh(); }, REFRESH_MS);
  const notify = document.getElementById("notify");
  const canNotify = "Notification" in window && Notification.permission !== "denied";
  notify.hidden = !canNotify || (localStorage.getItem(ALLOWED) !== null && Notification.permission === "granted");
  notify.addEventListener("click", async () => {
    if ((await Notification.requestPermission()) === "granted") localStorage.setItem(ALLOWED, "1");
    notify.hidden = true;
  });
}
