// Likes on their way to the box: the latest wish per play waits here until the box has answered.
//
// The box takes the same like twice as one, so sending again is always safe. Wishes outlive a reload in localStorage;
// where that is closed (private mode, captive windows) they live as long as the page. What the box refuses for good is
// dropped, and its words are shown.

const KEPT = "pika.likes";
const RELOADED = "pika.reloaded";
const AGAIN_MS = 10_000;

// Wishes that localStorage would not take.
const memory = {};

function recall(store, key) {
  try {
    return JSON.parse(window[store].getItem(key) || "null");
  } catch {
    return null;
  }
}

function keep(store, key, value) {
  try {
    window[store].setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

// Another tab may have added or sent some, so the shared copy is read anew each time.
function wishes() {
  const kept = Object.entries(recall("localStorage", KEPT) || {}).filter(([, liked]) => typeof liked === "boolean");
  return { ...Object.fromEntries(kept), ...memory };
}

function wish(play, liked) {
  delete memory[play];
  if (!keep("localStorage", KEPT, { ...wishes(), [play]: liked })) memory[play] = liked;
}

function forget(play) {
  delete memory[play];
  const rest = wishes();
  delete rest[play];
  keep("localStorage", KEPT, rest);
}

// The guest cookie is missing or not ours: a fresh page brings a new one. Once, not for ever.
function reloadOnce() {
  const last = recall("sessionStorage", RELOADED);
  if (typeof last === "number" && Date.now() - last < 60_000) return false;
  if (!keep("sessionStorage", RELOADED, Date.now())) return false;
  location.reload();
  return true;
}

async function wordsOf(answer) {
  const problem = await answer.json().catch(() => null);
  return [problem && problem.detail, problem && problem.advice].filter(Boolean).join(" ");
}

// `tell({ play, liked, likes? })`: what the page should show. `words(text)`: what people should read.
export function outbox({ tell, words }) {
  let sending = false;
  let again = 0;
  let waiting = false;

  // Gives what to do next: "done", "wait" (no line, or too busy) or "stop" (the page reloads).
  async function send(play, liked) {
    let answer;
    try {
      const address = `/api/v1/plays/${encodeURIComponent(play)}/like`;
      answer = await fetch(address, { method: liked ? "PUT" : "DELETE", headers: { Accept: "application/json" } });
    } catch {
      return "wait";
    }
    if (answer.status >= 500 || answer.status === 429 || answer.status === 408) return "wait";
    if (answer.status === 401 && reloadOnce()) return "stop";
    const result = answer.ok ? await answer.json().catch(() => null) : null;
    const reason = answer.ok ? "" : (await wordsOf(answer)) || "The box did not take this like.";
    if (wishes()[play] !== liked) return "done"; // tapped again meanwhile: the newer wish goes next
    forget(play);
    if (reason) {
      tell({ play, liked: !liked });
      words(reason);
    } else tell({ play, liked, likes: result && result.likes });
    return "done";
  }

  async function sendAll() {
    const sent = {};
    for (;;) {
      // A store that forgets nothing must not make the page send for ever.
      const next = Object.entries(wishes()).find(([play, liked]) => sent[play] !== liked);
      if (!next) return "done";
      const outcome = await send(...next);
      if (outcome !== "done") return outcome;
      sent[next[0]] = next[1];
    }
  }

  async function flush() {
    if (sending) return;
    clearTimeout(again);
    sending = true;
    const outcome = await sendAll();
    sending = false;
    if (outcome === "wait") {
      if (!waiting) words("Saved on this phone. It is sent when the connection is back.");
      waiting = true;
      again = setTimeout(flush, AGAIN_MS * (1 + Math.random()));
    } else if (waiting) {
      waiting = false;
      words("");
    }
  }

  function want(play, liked) {
    wish(play, liked);
    tell({ play, liked });
    flush();
  }

  return { want, flush, wishes };
}
