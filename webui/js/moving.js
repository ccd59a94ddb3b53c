// One slot of a board on its way: by pointer or by arrows, until it is dropped or put back. Knows nothing of the box:
// `dropped(move)` says where it should go and is asked to settle it.

import { board, laneAt, laneOf, lanes, nameOf, perMinute, pickOf, place, timeOf } from "./grid.js";

const STEP_MIN = 5;
const STRAY_PX = 5; // a press that moves less is no drag

// `say(words)` is heard by whoever can't see it. Gives what is being moved, and the ways to end that.
export function mover({ say, dropped, leftAlone, begun }) {
  let moved = null; // { slot, at, lane, from, home }: what is being moved, and where it was
  let press = null; // a pointer that is down on a slot

  const spoken = () => `${nameOf(moved.slot)}, ${timeOf(moved.at, moved.slot)}, ${moved.lane.dataset.name}`;

  function pickUp(slot) {
    begun();
    const at = Number(slot.dataset.at);
    moved = { slot, at, from: at, lane: laneOf(slot), home: laneOf(slot) };
    slot.classList.add("moving");
    pickOf(slot).setAttribute("aria-pressed", "true");
  }

  // Into another lane: the element moves, so the focus has to come along.
  function show() {
    if (laneOf(moved.slot) !== moved.lane) {
      const focused = moved.slot.contains(document.activeElement);
      moved.lane.querySelector(".slots").append(moved.slot);
      if (focused) pickOf(moved.slot).focus();
    }
    place(moved.slot, moved.at);
  }

  function letGo() {
    moved.slot.classList.remove("moving");
    moved.slot.style.removeProperty("--aside");
    pickOf(moved.slot).setAttribute("aria-pressed", "false");
    moved = null;
  }

  function putBack() {
    Object.assign(moved, { at: moved.from, lane: moved.home });
    show();
    letGo();
  }

  async function drop() {
    const { slot, at, from, lane, home } = moved;
    if (at === from && lane === home) {
      say(`${spoken()}. Left where it was.`);
      letGo();
      leftAlone();
      return;
    }
    const words = spoken();
    show();
    const move = { slot, by_min: at - from, stage: lane === home ? null : lane.dataset.stage };
    const problem = await dropped(move);
    if (moved?.slot === slot) {
      if (problem) putBack();
      else letGo();
    }
    say(problem ? `Put back. ${problem}` : `Moved: ${words}.`);
    leftAlone();
  }

  function step(name) {
    const all = lanes();
    const side = { ArrowLeft: -1, ArrowRight: 1 }[name];
    const down = { ArrowUp: -STEP_MIN, ArrowDown: STEP_MIN }[name];
    if (side) moved.lane = all[all.indexOf(moved.lane) + side] || moved.lane;
    if (down) moved.at += down;
    return Boolean(side || down);
  }

  function key(event) {
    const slot = event.target.closest("[data-pick]")?.closest("[data-slot]");
    if (!slot || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (moved) {
        drop();
        return;
      }
      pickUp(slot);
      say(`${spoken()}. Chosen: arrows move it, Enter drops it, Escape puts it back.`);
    } else if (moved && event.key === "Escape") {
      event.preventDefault();
      putBack();
      say("Put back.");
      leftAlone();
    } else if (moved && step(event.key)) {
      event.preventDefault();
      show();
      say(spoken());
    }
  }

  // A finger scrolls the board, unless it holds a slot by its time.
  function down(event) {
    const pick = event.target.closest("[data-pick]");
    if (!pick || moved || event.button !== 0) return;
    if (event.pointerType === "touch" && !event.target.closest(".slot-time")) return;
    press = { id: event.pointerId, x: event.clientX, y: event.clientY, pick };
  }

  function drag(event) {
    if (!press || event.pointerId !== press.id) return;
    const [x, y] = [event.clientX - press.x, event.clientY - press.y];
    if (!moved) {
      if (Math.hypot(x, y) < STRAY_PX) return;
      press.pick.setPointerCapture(press.id);
      pickUp(press.pick.closest("[data-slot]"));
    }
    moved.at = moved.from + Math.round(y / perMinute() / STEP_MIN) * STEP_MIN;
    moved.lane = laneAt(event.clientX) || moved.lane;
    // The element stays where the pointer holds it: one that changes its parent loses the pointer.
    const [here, there] = [moved.home, moved.lane].map((lane) => lane.getBoundingClientRect().left);
    moved.slot.style.setProperty("--aside", `${there - here}px`);
    place(moved.slot, moved.at);
  }

  function up(event) {
    if (!press || event.pointerId !== press.id) return;
    press = null;
    if (!moved) return;
    moved.slot.style.removeProperty("--aside");
    if (event.type === "pointerup") drop();
    else putBack();
  }

  board.addEventListener("keydown", key);
  board.addEventListener("pointerdown", down);
  board.addEventListener("pointermove", drag);
  board.addEventListener("pointerup", up);
  board.addEventListener("pointercancel", up);
  return { isMoving: () => Boolean(moved) };
}
