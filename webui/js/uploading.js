// Sends songs in pieces (tus 1.0), several one after the other, and goes on where a song stopped. Without it the form sends
// one. Whose page it is, the box's or the cloud's, says where to, how much at once and whom to blame.

import { pageAt, takeOver } from "./fresh.js";

const AGAIN_MS = [1_000, 3_000, 10_000, 30_000];
const TUS = { "Tus-Resumable": "1.0.0" };
const EVERY_MS = 3_000;

const form = document.querySelector("[data-send]");
const { send: PLACE, page: PAGE, who: WHO, piece } = form?.dataset ?? {};
const PIECE = Number(piece);
// Not now, but later by itself.
const BUSY = new Set([408, 429, 502, 503, 504]);
const list = document.querySelector("[data-sending]");
let queue = Promise.resolve();

const keyOf = (file) => `upload ${file.name} ${file.size} ${file.lastModified}`;

// Private windows keep nothing; then a song begins anew.
function remembered(file) {
  try {
    return localStorage.getItem(keyOf(file));
  } catch {
    return null;
  }
}

function remember(file, place) {
  try {
    if (place) localStorage.setItem(keyOf(file), place);
    else localStorage.removeItem(keyOf(file));
  } catch {
    // As above.
  }
}

function inBase64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

class Said extends Error {}

async function refused(answer) {
  if (BUSY.has(answer.status)) return new Error(String(answer.status));
  const problem = await answer.json().catch(() => ({}));
  return new Said([problem.detail ?? `${WHO} says ${answer.status}.`, problem.advice ?? ""].join(" ").trim());
}

// Where a song goes, and how much of it is there.
async function placeOf(file) {
  const known = remembered(file);
  if (known) {
    const answer = await fetch(known, { method: "HEAD", headers: TUS, cache: "no-store" });
    if (answer.ok) return { place: known, offset: Number(answer.headers.get("Upload-Offset")) };
    if (answer.status !== 404) throw new Error(String(answer.status));
  }
  const headers = { ...TUS, "Upload-Length": String(file.size), "Upload-Metadata": `filename ${inBase64(file.name)}` };
  const answer = await fetch(PLACE, { method: "POST", headers });
  if (!answer.ok) throw await refused(answer);
  const place = answer.headers.get("Location");
  remember(file, place);
  return { place, offset: 0 };
}

async function sendAll(file, show) {
  const { place, offset } = await placeOf(file);
  for (let at = offset; at < file.size; ) {
    show(at);
    const headers = { ...TUS, "Upload-Offset": String(at), "Content-Type": "application/offset+octet-stream" };
    const answer = await fetch(place, { method: "PATCH", headers, body: file.slice(at, at + PIECE) });
    // Somebody else's piece was faster, or the last answer was lost: the box says how much it has.
    if (answer.status === 409) return false;
    if (!answer.ok) throw await refused(answer);
    at = Number(answer.headers.get("Upload-Offset"));
  }
  remember(file, null);
  return true;
}

function rowFor(file) {
  const row = document.createElement("li");
  row.className = "row";
  const words = row.appendChild(document.createElement("div"));
  words.className = "row-words";
  const title = words.appendChild(document.createElement("p"));
  title.className = "row-title";
  title.dir = "auto";
  title.textContent = file.name;
  const state = words.appendChild(document.createElement("p"));
  state.className = "row-notes";
  const bar = words.appendChild(document.createElement("progress"));
  bar.max = file.size || 1;
  bar.setAttribute("aria-label", file.name);
  list.append(row);
  return { state, bar };
}

async function send(file, { state, bar }) {
  const show = (at) => {
    bar.value = at;
    state.textContent = `${Math.floor((100 * at) / file.size)} %`;
  };
  for (let tries = 0; ; tries += 1) {
    try {
      if (await sendAll(file, show)) {
        show(file.size);
        state.textContent = "It is there.";
        bar.remove();
        return;
      }
    } catch (error) {
      if (error instanceof Said || tries >= AGAIN_MS.length) {
        state.textContent = error instanceof Said ? error.message : `${WHO} does not answer. Choose the file again later.`;
        bar.remove();
        return;
      }
      state.textContent = `${WHO} does not answer. It goes on by itself.`;
    }
    await new Promise((done) => setTimeout(done, AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)]));
  }
}

async function forever() {
  const fresh = document.hidden ? null : await pageAt(PAGE + location.search);
  if (fresh?.querySelector("[data-uploads]")) takeOver(fresh);
  setTimeout(forever, EVERY_MS);
}

if (form) {
  form.elements.song.multiple = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const file of form.elements.song.files) {
      const row = rowFor(file);
      row.state.textContent = "Waits";
      queue = queue.then(() => send(file, row));
    }
    form.reset();
  });
  setTimeout(forever, EVERY_MS);
}
