// Reminds of what this phone's owner starred, ten minutes before: once for each slot and time, over reloads and tabs
// too, where localStorage may remember it.

import { part, say } from "./now.js";

const KEPT = "pika.reminded";
const BEFORE_MS = 10 * 60_000;
const LOOK_MS = 5_000;
const FORGET_MS = 24 * 3_600_000;

let memory = {}; // for windows whose storage is closed

function told() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) || "{}");
    return kept && typeof kept === "object" ? kept : {};
  } catch {
    return memory;
  }
}

function note(key, at_ms) {
  const kept = Object.fromEntries(Object.entries(told()).filter(([, at]) => at > Date.now() - FORGET_MS));
  memory = { ...memory, ...kept, [key]: at_ms };
  try {
    localStorage.setItem(KEPT, JSON.stringify(memory));
  } catch {
    // Then it holds as long as the page.
  }
}

// Gives { starred(list) }: the slots as the box told them just now; null where its clock is not to be believed.
export function reminder(stageName) {
  const box = part("remind");
  let waiting = [];
  let timer = 0;

  function look() {
    const now = Date.now();
    const due = waiting.find(({ key, begins_ms }) => begins_ms > now && begins_ms - now <= BEFORE_MS && !told()[key]);
    waiting = waiting.filter(({ begins_ms }) => begins_ms > now);
    if (due && box.hidden) show(due);
    clearTimeout(timer);
    if (waiting.length) timer = setTimeout(look, LOOK_MS);
  }

  function show(slot) {
    note(slot.key, slot.begins_ms);
    const words = { name: slot.name, time: slot.from_time, stage: stageName(slot.stage) };
    box.hidden = false;
    say("remind-words", box.dataset.words.replace(/\{(name|time|stage)\}/g, (_, name) => words[name]));
    setTimeout(() => (box.hidden = true), Math.max(0, slot.begins_ms - Date.now()));
  }

  part("remind-close").addEventListener("click", () => {
    box.hidden = true;
    look();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());

  return {
    starred(list) {
      const now = Date.now();
      waiting = (list || []).map((slot) => ({
        ...slot,
        begins_ms: now + slot.begins_in_ms,
        // At another time it is another appointment.
        key: `${slot.id}@${slot.begins}`,
      }));
      look();
    },
  };
}

// What this phone starred at an event; null when the box can't be asked.
export async function stars(event) {
  try {
    const answer = await fetch(`/api/v1/events/${encodeURIComponent(event)}/stars`, { cache: "no-store" });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

// Whether the box's clock is to be believed: where it may be wrong, this phone's own one says.
const APART_MS = 3 * 60_000;
export const believed = ({ clock, now_ms }) =>
  clock === "sure" || (clock === "maybe" && Math.abs(Number(now_ms) - Date.now()) < APART_MS);
