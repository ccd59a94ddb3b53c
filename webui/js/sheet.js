// In the small window in which phones open a portal nothing can be kept and no stream comes; it closes with a tap. There
// the page says how to open it in the real browser. It goes by what does not work: such windows do not say what they are.

import { part } from "./now.js";

function isClosed() {
  try {
    localStorage.setItem("pika.try", "1");
    localStorage.removeItem("pika.try");
    return false;
  } catch {
    // Private windows forbid this too, and have streams.
  }
  try {
    new EventSource("about:blank").close();
    return false;
  } catch {
    return true;
  }
}

export function sheet() {
  const hint = part("sheet");
  if (!hint || !isClosed()) return;
  const agent = navigator.userAgent;
  const system = /iPhone|iPad|Macintosh/.test(agent) ? "apple" : /Android/.test(agent) ? "android" : "other";
  hint.textContent = `${hint.dataset[system]} ${location.host}${location.pathname}`;
  hint.hidden = false;
}
