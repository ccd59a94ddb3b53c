// The status page and the wall: asks for itself again every few seconds, and puts in what changed. Without it the page
// shows the moment of its loading, and the wall reloads by itself.

import { pageAt, takeOver } from "./fresh.js";

const EVERY_MS = 10_000;
const SHIFT_EVERY = 6;
const SHIFTS = 4;

const page = document.querySelector("[data-status]");
const lost = document.querySelector("[data-lost]");
const form = document.querySelector("form[data-clock]");

// Times stand in UTC in the page, because the box does not know where it is; this phone does.
function localise(root) {
  const language = document.documentElement.lang;
  for (const time of root.querySelectorAll("time[data-local]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    time.textContent = moment.toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
  }
}

let asked = 0;

async function renew() {
  // Not this very address: after a refused time it is the form's.
  const fresh = await pageAt(page.dataset.status + location.search);
  lost.hidden = Boolean(fresh?.querySelector("[data-status]"));
  if (!lost.hidden) return;
  takeOver(fresh, localise);
  asked += 1;
  if ("shift" in page.dataset) page.dataset.shift = Math.floor(asked / SHIFT_EVERY) % SHIFTS;
}

async function forever() {
  await renew();
  setTimeout(forever, EVERY_MS);
}

if (form) {
  // The time is taken at the tap, not when the page came.
  form.querySelector("[data-typed]").hidden = true;
  form.addEventListener("submit", () => {
    form.elements.wall_ms.value = Date.now();
  });
}

if (page) {
  localise(document);
  setTimeout(forever, EVERY_MS);
}
