// The library: searches while somebody types, and renews how far the box is. Without it the form searches.

import { pageAt, takeOver } from "./fresh.js";

const PAUSE_MS = 180;
const EVERY_MS = 3_000;

const form = document.querySelector("form[role=search]");
const field = form?.elements.q;
let timer = 0;
let asked = 0;

function address() {
  const words = field.value.trim();
  // As it is while nothing was typed: somebody may be on a further page of it.
  if (words === (new URLSearchParams(location.search).get("q") ?? "").trim()) return location.pathname + location.search;
  return words ? `/library?${new URLSearchParams({ q: words })}` : "/library";
}

async function renew() {
  asked += 1;
  const mine = asked;
  const fresh = await pageAt(address());
  // An answer that comes late says what nobody asks any more.
  if (fresh?.querySelector("[data-library]") && mine === asked) takeOver(fresh);
}

async function search() {
  await renew();
  history.replaceState(null, "", address());
}

async function forever() {
  if (!document.hidden) await renew();
  setTimeout(forever, EVERY_MS);
}

if (form) {
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE_MS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    search();
  });
  setTimeout(forever, EVERY_MS);
}
