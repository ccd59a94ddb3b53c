// The organisers' board: what is moved on it is the box's to accept, and what others change comes by itself.

import { board, layOut, takeOver } from "./grid.js";
import { follow } from "./live.js";
import { mover } from "./moving.js";
import { drawLine, part, say } from "./now.js";

const WITHIN_MS = 8_000;

function trouble(words) {
  part("trouble").hidden = !words;
  say("trouble-words", words);
}

// Gives what is wrong, in words, or nothing.
async function send({ slot, by_min, stage }) {
  const [event, id] = [board.dataset.board, slot.dataset.slot].map(encodeURIComponent);
  const body = { version: Number(slot.dataset.version), by_min, ...(stage && { stage }) };
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  try {
    const address = `/api/v1/events/${event}/slots/${id}/move`;
    const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
    if (answer.ok) return "";
    const { detail, advice } = await answer.json().catch(() => ({}));
    return [detail || "The box did not take this.", advice].filter(Boolean).join(" ");
  } catch {
    return "The box can’t be reached; nothing was changed.";
  }
}

// The page as it is now, or null.
async function fresh() {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), WITHIN_MS);
  try {
    const answer = await fetch(`${location.pathname}?night=${board.dataset.night}`, { cache: "no-store", signal: giveUp.signal });
    if (!answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-board]");
  } catch {
    return null; // the line says so; the next change asks again
  } finally {
    clearTimeout(timer);
  }
}

function run() {
  let stale = false; // somebody changed the plan meanwhile

  async function renew() {
    stale = true;
    if (moves.isMoving()) return;
    const theirs = await fresh();
    if (!theirs || moves.isMoving()) return;
    takeOver(theirs);
    stale = false;
  }

  const moves = mover({
    say: (words) => say("moving", words),
    begun: () => trouble(""),
    leftAlone: () => stale && renew(),
    async dropped(move) {
      const problem = await send(move);
      trouble(problem);
      stale = true;
      return problem;
    },
  });

  layOut();
  follow(board.dataset, {
    onEvent: (name, data) => {
      const plan = name === "plan" ? data.plan : data?.lanes?.plan?.plan;
      if (plan !== undefined && String(plan) !== board.dataset.plan) renew();
    },
    onLine: drawLine,
    lanes: ["plan"],
  });
}

if (board) run();
