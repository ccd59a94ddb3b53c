// Dancers' page of a plan: follows its changes, keeps "now" where it is, stars without a reload, and reminds.
//
// Everything is in the page without this file; a star that the box did not take springs back.

import { follow } from "./live.js";
import { drawLine, part, say } from "./now.js";
import { believed, reminder, stars } from "./reminder.js";

const LANES = ["schedule", "plan"];
const SPREAD_MS = 3_000; // a hall full of phones does not ask in step
const TURN_MS = 10_000;
const RIGHTLY_MS = 1_000;

const page = document.querySelector("[data-schedule]");
const rows = () => Array.from(part("slots").children);

function run() {
  const event = page.dataset.schedule;
  const base = `/api/v1/events/${encodeURIComponent(event)}`;
  const names = JSON.parse(page.dataset.stages);
  const reminds = reminder((id) => names[id] || "");
  const nameOf = (slot) => slot.dj || slot.title || page.dataset.tba;
  let clock = null; // { offset_ms } once the box has told what time it is, and can be believed
  let etag = null;
  let asking = 0;

  function pressed(row, starred) {
    const { elements } = row.querySelector("form");
    elements.starred.value = starred ? "no" : "yes";
    row.querySelector("button").setAttribute("aria-pressed", String(starred));
  }

  const isStarred = (row) => row.querySelector("button").getAttribute("aria-pressed") === "true";

  function draw(row, slot) {
    Object.assign(row.dataset, { slot: slot.id, begins: Date.parse(slot.begins_at), ends: Date.parse(slot.ends_at) });
    row.id = slot.id;
    row.querySelector("form").action = `/schedule/${encodeURIComponent(event)}/slots/${encodeURIComponent(slot.id)}/star`;
    say("slot-begins", slot.begins.slice(11), row);
    say("slot-ends", slot.ends.slice(11), row);
    say("slot-name", nameOf(slot), row);
    say("slot-named", nameOf(slot), row);
    say("slot-title", slot.title && slot.title !== nameOf(slot) ? slot.title : "", row);
    say("slot-stage", names[slot.stage] || "", row);
  }

  function takeOver(plan) {
    const list = part("slots");
    const old = new Map(rows().map((row) => [row.dataset.slot, row]));
    let place = list.firstElementChild;
    for (const slot of plan.slots) {
      const row = old.get(slot.id) || part("slot").content.firstElementChild.cloneNode(true);
      if (!old.delete(slot.id)) pressed(row, false);
      if (row === place) place = place.nextElementSibling;
      else list.insertBefore(row, place);
      draw(row, slot);
    }
    old.forEach((row) => row.remove());
    part("nothing").hidden = plan.slots.length > 0;
    page.dataset.plan = plan.plan;
    turn();
  }

  async function ask() {
    asking = 0;
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const answer = await fetch(`${base}/schedule?night=${page.dataset.night}`, { headers, cache: "no-store" });
      if (!answer.ok) return;
      etag = answer.headers.get("ETag");
      takeOver(await answer.json());
      say("told", page.dataset.changed);
      setTimeout(say, 10_000, "told", "");
      remind();
    } catch {
      // The line says that it is down; when it is back, the version is told again.
    }
  }

  async function remind() {
    if (!rows().some(isStarred) && !part("remind").hidden) return;
    const told = await stars(event);
    if (told) reminds.starred(believed(told) ? told.slots.map((slot) => ({ ...slot, name: nameOf(slot) })) : []);
  }

  // What is on now, by the box's clock as it was told last.
  function turn() {
    const at = clock && Date.now() + clock.offset_ms;
    for (const row of rows()) {
      const { begins, ends } = row.dataset;
      row.classList.toggle("on", Boolean(clock) && Number(begins) <= at && at < Number(ends));
    }
  }

  function take(name, data) {
    for (const lane of LANES) if (data?.lanes?.[lane]) take(lane, data.lanes[lane]);
    if (name === "schedule") {
      clock = believed(data) ? { offset_ms: data.now_ms - Date.now() } : null;
      part("clock").hidden = Boolean(clock) || !rows().length;
      turn();
    } else if (name === "plan" && String(data.plan) !== page.dataset.plan && !asking) {
      asking = setTimeout(ask, Math.random() * SPREAD_MS);
    }
  }

  document.addEventListener("submit", async (submitted) => {
    const form = submitted.target.closest("form[data-star]");
    if (!form) return;
    submitted.preventDefault();
    const row = form.closest("[data-slot]");
    const starred = !isStarred(row);
    pressed(row, starred);
    const address = `${base}/slots/${encodeURIComponent(row.dataset.slot)}/star`;
    const words = await send(address, starred ? "PUT" : "DELETE");
    if (words !== null) pressed(row, !starred);
    if (words) say("told", words);
    if (words === null) setTimeout(remind, RIGHTLY_MS);
  });

  setInterval(turn, TURN_MS);
  if (rows().some(isStarred)) remind();
  if (page.dataset.stream) follow(page.dataset, { onEvent: take, onLine: drawLine, lanes: LANES });
}

// Null when it is done, else what is wrong in words.
async function send(address, method) {
  try {
    const answer = await fetch(address, { method, headers: { Accept: "application/json" } });
    if (answer.ok) return null;
    const { detail, advice } = await answer.json().catch(() => ({}));
    return [detail, advice].filter(Boolean).join(" ");
  } catch {
    return "";
  }
}

if (page) run();
