// One file to the box or the cloud in pieces (tus 1.0), from where an earlier try stopped, also on another day.

const TUS = { "Tus-Resumable": "1.0.0" };
// Not now, but later by itself.
const BUSY = new Set([408, 429, 502, 503, 504]);

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

// What somebody has to read; anything else that is thrown means "try again".
export const Said = class extends Error {};

// Whether the other side only has something else to say than was thought: how much of the file it has.
const isOffset = ({ code }) => code === "upload_offset" || code === "upload_busy";

async function refused(answer, who) {
  const problem = await answer.json().catch(() => ({}));
  // A full disk does not mend itself while somebody waits.
  if ((BUSY.has(answer.status) && !problem.code?.endsWith("no_room")) || isOffset(problem)) return new Error(problem.code);
  if (answer.status === 401) return new Said("You are logged out. Log in, and choose the file again: it goes on.");
  return new Said([problem.detail ?? `${who} says ${answer.status}.`, problem.advice ?? ""].join(" ").trim());
}

// Where a file goes, and how much of it is there.
async function placeOf(file, { place, who }) {
  const known = remembered(file);
  if (known) {
    const answer = await fetch(known, { method: "HEAD", headers: TUS, cache: "no-store" });
    if (answer.ok) return { at: known, offset: Number(answer.headers.get("Upload-Offset")) };
    if (answer.status !== 404) throw await refused(answer, who);
  }
  const headers = { ...TUS, "Upload-Length": String(file.size), "Upload-Metadata": `filename ${inBase64(file.name)}` };
  const answer = await fetch(place, { method: "POST", headers });
  if (!answer.ok) throw await refused(answer, who);
  const at = answer.headers.get("Location");
  remember(file, at);
  return { at, offset: 0 };
}

// Sends what is not there yet, and tells `came` how much is. `to` is { place, piece, who }.
export async function sendFile(file, to, came) {
  const { at, offset } = await placeOf(file, to);
  for (let sent = offset; sent < file.size; ) {
    came(sent);
    const headers = { ...TUS, "Upload-Offset": String(sent), "Content-Type": "application/offset+octet-stream" };
    const answer = await fetch(at, { method: "PATCH", headers, body: file.slice(sent, sent + to.piece) });
    if (!answer.ok) throw await refused(answer, to.who);
    sent = Number(answer.headers.get("Upload-Offset"));
  }
  remember(file, null);
}
