// Draws a stage: compares two states and touches only what differs. Text goes in as text, never as markup.
//
// Every part is found by its `data-part` and may be missing: the DJs' page has fewer parts than the dancers'.

import { EMPTY, apply } from "./state.js";

export const part = (name, within = document) => within.querySelector(`[data-part="${name}"]`);

export function say(name, words, within = document) {
  const element = part(name, within);
  if (element && element.textContent !== String(words)) element.textContent = words;
}

function show(name, visible) {
  const element = part(name);
  if (element) element.hidden = !visible;
}

const rounded = (value, parts) => (typeof value === "number" ? Math.round(value * parts) / parts : null);
const rows = () => Array.from(part("history")?.children || []);
const rowsByPlay = () => new Map(rows().map((row) => [row.dataset.play, row]));

// The first state: what the server has written into the page. `text` is the stage's state as JSON.
export function written(text) {
  const at_ms = Date.now();
  const plays = rows().map((row) => ({
    play: row.dataset.play,
    title: part("row-title", row)?.textContent,
    artist: part("row-artist", row)?.textContent,
    likes: Number(part("row-likes", row)?.textContent) || 0,
    age_ms: Number(row.dataset.age),
  }));
  const forms = Array.from(document.querySelectorAll("form[data-like]"), (form) => form.elements);
  const liked = Object.fromEntries(forms.map(({ play, liked: next }) => [play.value, next.value === "no"]));
  const whole = apply({ ...EMPTY, liked }, "state", { ...JSON.parse(text || "{}"), at_ms });
  return apply(whole, "history", { plays, at_ms });
}

// The same words as those of `Words.since`: CLDR's, in the page's language.
export function ago(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (!(minutes >= 1)) return part("age")?.dataset.justNow || "just now";
  const since = new Intl.RelativeTimeFormat(document.documentElement.lang, { style: "short" });
  const [unit, length] = minutes < 60 ? ["minute", 1] : minutes < 1440 ? ["hour", 60] : ["day", 1440];
  return since.format(-Math.floor(minutes / length), unit);
}

const size = (title) => (title.length > 140 ? "endless" : title.length > 48 ? "long" : "short");
// What stands there while nothing is on is the page's own wording: each `now` part brings it along.
function words(state, own) {
  if (state.now) return [state.now.title, state.now.artist];
  const what = !state.session ? "idle" : state.session.locked ? "locked" : state.session.away ? "away" : "quiet";
  return [own[`${what}Title`], own[`${what}Words`]];
}

function drawTrack(state) {
  const section = part("now");
  if (!section) return;
  const [title, more] = words(state, section.dataset);
  const heading = part("title");
  const changed = heading && heading.textContent !== title;
  if (heading) heading.dataset.size = size(title);
  say("title", title);
  say("artist", more);
  section.classList.toggle("idle", !state.now);
  if (changed) arrive(heading);
  const { bpm, key, energy } = state.now || {};
  for (const [name, value] of Object.entries({ bpm: rounded(bpm, 10), key: key || null, energy: rounded(energy, 1) })) {
    show(name, value !== null); // what is not known has no chip
    say(`${name}-value`, value ?? "");
  }
  for (const name of ["chips", "like"]) show(name, Boolean(state.now));
  const stage = document.querySelector("[data-name]")?.dataset.name || "";
  document.title = state.now ? `${[state.now.title, state.now.artist].filter(Boolean).join(" – ")} · ${stage}` : stage;
}

// One short movement when the track changes; none for people who asked for none.
function arrive(element) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || typeof element.animate !== "function") return;
  element.animate([{ opacity: 0, transform: "translateY(0.5rem)" }, {}], { duration: 320, easing: "ease-out" });
}

function press(form, track, liked) {
  const button = form && form.querySelector("button[aria-pressed]");
  if (!button) return;
  form.elements.play.value = track.play;
  form.elements.liked.value = liked ? "no" : "yes";
  button.setAttribute("aria-pressed", String(liked));
}

function drawRow(row, track, liked) {
  say("row-title", track.title, row);
  say("row-name", track.title, row);
  say("row-artist", track.artist, row);
  say("row-likes", track.likes || (row.querySelector("form") ? "" : 0), row);
  press(row.querySelector("form"), track, liked);
}

function drawHistory(state) {
  const list = part("history");
  const template = part("row");
  if (!list || !template) return;
  const old = rowsByPlay();
  let place = list.firstElementChild;
  for (const track of state.history) {
    const row = old.get(track.play) || template.content.firstElementChild.cloneNode(true);
    old.delete(track.play);
    if (row === place) place = place.nextElementSibling;
    else list.insertBefore(row, place);
    row.dataset.play = track.play;
    drawRow(row, track, state.liked[track.play] === true);
  }
  old.forEach((row) => row.remove());
  show("no-history", state.history.length === 0);
}

export function drawAges(state) {
  const at = Date.now();
  if (state.now) say("age", ago(at - state.now.began_ms));
  const known = rowsByPlay();
  for (const track of state.history) {
    const row = known.get(track.play);
    if (row) say("row-age", ago(at - track.began_ms), row);
  }
}

export function drawLine({ kind, words: text, time, faded }) {
  const line = part("line");
  if (line) line.dataset.line = kind;
  say("line", (line?.dataset[kind] || text).replace("{time}", time));
  part("now")?.classList.toggle("faded", faded);
}

export function draw(before, state) {
  if (before.now !== state.now || before.session !== state.session) {
    drawTrack(state);
    show("session", Boolean(state.session));
    say("session-dj", state.session ? state.session.dj : "");
  }
  if (before.listeners !== state.listeners) {
    show("listeners", state.listeners > 0);
    say("listeners-count", state.listeners);
  }
  if (state.now) {
    say("likes", state.now.likes || "");
    press(part("like"), state.now, state.liked[state.now.play] === true);
  }
  if (before.history !== state.history || before.liked !== state.liked) drawHistory(state);
  drawAges(state);
}
