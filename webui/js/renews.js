// Keeps the pieces of a page fresh that others change, while somebody looks at it. Without it the page shows the moment
// of its loading.

import { pageAt, takeOver } from "./fresh.js";

const EVERY_MS = 10_000;

const page = document.querySelector("[data-renews]");

async function renew() {
  if (document.visibilityState !== "visible") return;
  const fresh = await pageAt(page.dataset.renews || location.href);
  if (fresh) takeOver(fresh);
}

if (page) {
  const every_ms = Number(page.dataset.renewsEvery) * 1_000 || EVERY_MS;
  setInterval(renew, every_ms + Math.random() * 1_000);
  document.addEventListener("visibilitychange", renew);
}
