// The grid of an organisers' board: slots and times laid out along the night.
//
// Places are minutes from the beginning of the strip, as time goes by; what the clock shows there stands in the ticks,
// which come at every half hour: clocks are turned at no other moment.

import { part, say } from "./now.js";

export const board = document.querySelector("[data-board]");

// 12:34 after so many minutes.
function shownAt(minute) {
  const ticks = Array.from(part("ticks").children, ({ dataset }) => [Number(dataset.at), dataset.shown]);
  const [at, shown] = ticks.filter(([place]) => place <= minute).pop() || ticks[0];
  const [hours, minutes] = shown.split(":").map(Number);
  const sum = (((hours * 60 + minutes + minute - at) % 1440) + 1440) % 1440;
  return `${String(Math.floor(sum / 60)).padStart(2, "0")}:${String(sum % 60).padStart(2, "0")}`;
}

export const lanes = () => Array.from(part("lanes").children);
export const laneOf = (slot) => slot.closest("[data-stage]");
export const pickOf = (slot) => slot.querySelector("[data-pick]");
export const nameOf = (slot) => slot.querySelector(".slot-name").textContent;
export const timeOf = (at, slot) => `${shownAt(at)}–${shownAt(at + Number(slot.dataset.minutes))}`;

export function place(slot, at) {
  slot.style.setProperty("--at", at);
  say("slot-time", timeOf(at, slot), slot);
}

// How many pixels a minute is now.
export function perMinute() {
  return board.querySelector(".slots").getBoundingClientRect().height / Number(board.dataset.minutes);
}

const within = ({ left, right }, x) => x >= left && x < right;
export const laneAt = (x) => lanes().find((lane) => within(lane.getBoundingClientRect(), x));

export function layOut() {
  board.classList.add("grid");
  board.style.setProperty("--minutes", board.dataset.minutes);
  for (const tick of part("ticks").children) tick.style.setProperty("--at", tick.dataset.at);
  for (const slot of board.querySelectorAll("[data-slot]")) {
    slot.style.setProperty("--at", slot.dataset.at);
    slot.style.setProperty("--long", slot.dataset.minutes);
    const pick = pickOf(slot);
    pick.tabIndex = 0;
    pick.setAttribute("role", "button");
    pick.setAttribute("aria-pressed", "false");
    pick.setAttribute("aria-describedby", "board-how");
  }
  part("how").hidden = false;
}

// What stands on a fresh copy of the page; whatever had the focus has it again.
export function takeOver(theirs) {
  const focused = document.activeElement?.closest("[data-slot]")?.dataset.slot;
  Object.assign(board.dataset, { plan: theirs.dataset.plan, minutes: theirs.dataset.minutes });
  for (const name of ["ticks", "lanes"]) {
    // All of them first: each that is adopted leaves the list it stood in.
    part(name).replaceChildren(...[...part(name, theirs).children].map((node) => document.adoptNode(node)));
  }
  layOut();
  const again = focused && board.querySelector(`[data-slot="${CSS.escape(focused)}"]`);
  if (again) pickOf(again).focus({ preventScroll: true });
}
