// Sends songs several at once, one after the other, each in pieces; goes on where one stopped. Without it the form sends
// one. Whose page it is, the box's or the cloud's, says where to, how much at once and whom to blame.

import { pageAt, takeOver } from "./fresh.js";
import { Said, sendFile } from "./tus.js";

// Seconds until the next try; the last one is good for as long as the page is open.
const AGAIN_S = [1, 2, 3, 5, 10, 30];
const EVERY_MS = 3_000;

const form = document.querySelector("[data-send]");
const { send: place, page: PAGE, who, piece } = form?.dataset ?? {};
const TO = { place, who, piece: Number(piece) };
const list = document.querySelector("[data-sending]");
let queue = Promise.resolve();
let waiting = 0;

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

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

async function send(file, { state, bar }) {
  let tries = 0;
  let most = -1;
  const came = (at) => {
    if (at > most) tries = 0;
    most = Math.max(most, at);
    bar.value = at;
    state.textContent = `${Math.floor((100 * at) / file.size)} %: ${megabytes(at)} of ${megabytes(file.size)} MB`;
  };
  for (;;) {
    try {
      await sendFile(file, TO, came);
      state.textContent = "It is there.";
      return;
    } catch (error) {
      if (error instanceof Said) {
        state.textContent = error.message;
        return;
      }
      state.textContent = `${who} does not answer. It goes on by itself; what came is kept.`;
    }
    const rest_s = AGAIN_S[Math.min(tries, AGAIN_S.length - 1)];
    tries += 1;
    await new Promise((done) => setTimeout(done, 1_000 * rest_s));
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
      waiting += 1;
      queue = queue.then(() => send(file, row)).finally(() => {
        waiting -= 1;
        row.bar.remove();
      });
    }
    form.reset();
  });
  // A page that is left sends nothing more.
  window.addEventListener("beforeunload", (event) => {
    if (waiting) event.preventDefault();
  });
  setTimeout(forever, EVERY_MS);
}
