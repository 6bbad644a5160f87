// The form of a new export: a filter over the content, "all" boxes, and the dry run beside it. Without this file the form works, and "Check first" shows the dry run.
const PAUSE_MS = 500;
const form = document.querySelector("form.new");
const plan = document.getElementById("plan");
document.documentElement.classList.add("js");

const filter = document.getElementById("filter");
filter?.addEventListener("input", () => {
  const words = filter.value.trim().toLocaleLowerCase();
  let found = 0;
  for (const area of form.querySelectorAll(".area")) {
    const lines = [...area.querySelectorAll("li")];
    for (const line of lines) line.hidden = words !== "" && !line.textContent.toLocaleLowerCase().includes(words);
    const shown = lines.filter((line) => !line.hidden).length;
    area.hidden = words !== "" && shown === 0;
    found += shown;
    const details = area.querySelector("details");
    if (details) details.open = words !== "" ? shown > 0 : details.querySelector("input:checked") !== null;
  }
  const matches = document.getElementById("matches");
  matches.textContent = words === "" || found > 0 ? "" : matches.dataset.none;
});
filter?.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });

// What "all" covers needs no box of its own: those are ticked, and not sent.
function cover(all) {
  for (const box of all.closest(".area").querySelectorAll("ul input")) {
    if (all.checked) box.checked = true;
    box.disabled = all.checked;
  }
}

function count(area) {
  const mark = area.querySelector(".count");
  if (!mark) return;
  const boxes = [...area.querySelectorAll("ul input")];
  const ticked = boxes.filter((box) => box.checked).length;
  const whole = new Intl.NumberFormat(document.documentElement.lang);
  mark.textContent = ticked ? `${whole.format(ticked)} / ${whole.format(boxes.length)}` : whole.format(mark.dataset.count);
}

let timer, running;
function checkSoon() {
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE_MS);
}

async function check() {
  running?.abort();
  running = new AbortController();
  const signal = running.signal;
  plan.setAttribute("aria-busy", "true");
  if (!plan.querySelector(".sum")) plan.replaceChildren(note(plan.dataset.checking));
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.check, { method: "POST", body, signal, headers: { "X-Fragment": "plan" } });
    if (!answer.ok) throw new Error(answer.status);
    const text = await answer.text();
    if (!signal.aborted) plan.innerHTML = text;
  } catch (error) {
    if (!signal.aborted) plan.replaceChildren(note(plan.dataset.away));
  }
  if (!signal.aborted) plan.removeAttribute("aria-busy");
}

function note(text) {
  const line = document.createElement("p");
  line.className = "note";
  line.textContent = text;
  return line;
}

form.addEventListener("change", (event) => {
  const area = event.target.closest(".area");
  if (event.target.matches(".all input")) cover(event.target);
  if (area) count(area);
  if (event.target !== filter) checkSoon();
});
form.addEventListener("submit", () => running?.abort());
for (const all of form.querySelectorAll(".area .all input:checked")) cover(all);
for (const area of form.querySelectorAll(".area")) count(area);
if (!plan.querySelector(".sum, .problem")) check();
