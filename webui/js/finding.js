// The DJ's desk: finds tracks that were heard at the event while one types, and writes the chosen one into the form.

import { ago, part, say } from "./now.js";

const TYPED_MS = 250;
const SHOWN = 6;

const words = (found) => {
  if (!found) return "";
  if (!found.length) return "Nothing like that was heard here.";
  const more = found.length > SHOWN ? ` The first ${SHOWN} are shown.` : "";
  return `${found.length === 1 ? "1 track" : `${found.length} tracks`} found.${more}`;
};

// `form` is the one that announces a track.
export function finding(form) {
  const search = document.querySelector("[data-find]");
  if (!search) return;
  const field = search.elements.q;
  const list = part("found");
  const template = part("found-row");
  let timer = 0;

  function choose(track) {
    const { title, artist, bpm, key } = form.elements;
    title.value = track.title;
    artist.value = track.artist;
    bpm.value = track.bpm ?? "";
    key.value = track.key ?? "";
    field.value = "";
    draw(null);
    form.dispatchEvent(new Event("input", { bubbles: true }));
    form.querySelector("button").focus();
  }

  function rowOf(track) {
    const row = template.content.firstElementChild.cloneNode(true);
    say("found-title", track.title, row);
    say("found-artist", track.artist, row);
    say("found-age", ago(track.age_ms), row);
    row.querySelector("button").addEventListener("click", () => choose(track));
    return row;
  }

  function draw(found) {
    list.replaceChildren(...(found || []).slice(0, SHOWN).map(rowOf));
    list.hidden = !found?.length;
    say("found-count", words(found));
  }

  async function look() {
    const text = field.value.trim();
    if (!text) return draw(null);
    try {
      const query = new URLSearchParams({ q: text });
      const answer = await fetch(`/api/v1/events/${encodeURIComponent(search.dataset.find)}/heard?${query}`, { cache: "no-store" });
      const { heard } = answer.ok ? await answer.json() : {};
      if (text === field.value.trim()) draw(heard || null);
    } catch {
      say("found-count", "The box can’t be reached.");
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, TYPED_MS);
  });
  search.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    look();
  });
  // Down from the field into the list, up and down in it, and back.
  function walk(event) {
    const stops = [field, ...list.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = stops[stops.indexOf(document.activeElement) + (step || 0)];
    if (!step || !next || stops.length === 1) return;
    event.preventDefault();
    next.focus();
  }
  search.addEventListener("keydown", walk);
  list.addEventListener("keydown", walk);
}
