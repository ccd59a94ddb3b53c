// What keeps a wall right for days: its clock, a new page when the box has one, and a picture that never stands still.

import { part, say } from "./now.js";

const ASK_MS = 30_000;
const WITHIN_MS = 8_000;
const SHIFT_MS = 180_000;
const SHIFTS = 8;
const SETTLED_MS = 20_000; // no sooner than this after it came is a page taken for an old one

// Counts on by the time since the page came: a TV's own clock may be set at any moment.
let clock = null;

function drawClock() {
  const element = part("clock");
  element.hidden = clock === null;
  if (clock === null) return;
  const minutes = Math.floor((clock.shown_ms + performance.now() - clock.at_ms) / 60_000);
  const two = (number) => String(number).padStart(2, "0");
  say("clock", `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`);
}

async function told(address) {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), WITHIN_MS);
  try {
    const answer = await fetch(address, { cache: "no-store", signal: giveUp.signal });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

// Gives `check()`, for the moments at which something may have changed.
export function care(page) {
  let asking = false;

  async function check() {
    if (asking) return;
    asking = true;
    const said = await told(page.dataset.about);
    asking = false;
    if (!said) return; // the box is away: what stands here goes on
    clock = typeof said.clock_ms === "number" ? { shown_ms: said.clock_ms, at_ms: performance.now() } : null;
    drawClock();
    // The box answered just now, so the page will come.
    if (said.version !== page.dataset.version && performance.now() > SETTLED_MS) location.reload();
  }

  setInterval(check, ASK_MS);
  setInterval(drawClock, 1_000);
  setInterval(() => {
    page.dataset.shift = (Number(page.dataset.shift) + 1) % SHIFTS;
  }, SHIFT_MS);
  check();
  return { check };
}
