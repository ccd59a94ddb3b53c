// Notes from the DJ before: read ones go away without a reload, and new ones come by themselves.

import { part, say } from "./now.js";

const AGAIN_MS = 30_000;

function card(note) {
  const made = part("note").content.firstElementChild.cloneNode(true);
  made.dataset.note = note.session;
  made.querySelector("form").elements.session.value = note.session;
  say("note-dj", note.dj, made);
  say("note-text", note.text, made);
  return made;
}

function draw(list, notes) {
  const known = new Map(Array.from(list.children, (one) => [one.dataset.note, one]));
  for (const note of notes) {
    const old = known.get(note.session);
    if (old) say("note-text", note.text, old);
    else list.append(card(note));
    known.delete(note.session);
  }
  known.forEach((one) => one.remove());
  list.hidden = notes.length === 0;
}

export function notesOf(session) {
  const list = part("notes");
  if (!list) return;
  const address = `/api/v1/sessions/${encodeURIComponent(session)}/received-notes`;

  async function look() {
    try {
      const answer = await fetch(address, { cache: "no-store" });
      if (answer.ok) draw(list, (await answer.json()).notes);
    } catch {
      // The line at the top says so already.
    }
  }

  list.addEventListener("submit", async (event) => {
    event.preventDefault();
    const read = event.target.closest("[data-note]");
    try {
      const answer = await fetch(`/api/v1/sessions/${encodeURIComponent(read.dataset.note)}/note`, { method: "DELETE" });
      if (answer.ok || answer.status === 404) read.remove();
    } catch {
      // It stays, to be tapped again.
    }
    list.hidden = list.children.length === 0;
  });
  setInterval(look, AGAIN_MS);
}
