// The last that this phone knew of a stage, for a page that comes back as it once was drawn: on the way back, or out of
// a worker while the box is away. Whether it is the same drawing its stream's address tells: whenever something happened
// between two of them, those differ. Where localStorage is closed, the browser's history remembers it.

import { keep, recall } from "./waiting.js";

const KEPT = "pika.last";
// What grows in a page that lies there, and what shrinks.
const PER_MS = { age_ms: 1, over_ms: 1, now_ms: 1, left_ms: -1, ends_in_ms: -1, begins_in_ms: -1 };

function aged(page, by) {
  const later = (key, value) => (typeof value === "number" && PER_MS[key] ? value + PER_MS[key] * by : value);
  page.dataset.state = JSON.stringify(JSON.parse(page.dataset.state || "{}", later));
  for (const row of page.querySelectorAll("[data-age]")) row.dataset.age = Number(row.dataset.age) + by;
}

// What is known of a page since it was drawn: `heard_ms` is the box's last sign of life, `id` where the stream goes on.
// A page that comes back is made as old as it is.
export function since(page) {
  const drawn = page.dataset.stream;
  const found = recall("localStorage", KEPT) || history.state?.last;
  if (found?.drawn !== drawn) return { drawn, drawn_ms: Date.now(), heard_ms: Date.now() };
  aged(page, Math.max(0, Date.now() - found.drawn_ms));
  return found;
}

export function keepLast(known, { now, session }) {
  const last = { ...known, now, session };
  if (!keep("localStorage", KEPT, last)) history.replaceState({ last }, "");
}
