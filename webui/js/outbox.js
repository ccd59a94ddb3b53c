// What this phone's owner said: it waits here until the box has answered that it is kept.
//
// Each word has a key of its own (one like per play, one answer per poll, an id per thank-you), and the box takes the
// same word twice as one, so sending again is always safe. What the box refuses for good is dropped, and its words are
// shown. No kind of word stops another: who may not say thank you again yet may still like.

import { add, forget, keep, recall, waiting } from "./waiting.js";

const RELOADED = "pika.reloaded";
const AGAIN_MS = 10_000;
const AGAIN_MOST_MS = 120_000;

const at = (stage) => `/api/v1/stages/${encodeURIComponent(stage)}`;
const play = (id) => `plays/${encodeURIComponent(id)}`;

// By kind: how a word is said to the box.
const SAY = {
  like: (word) => [word.liked ? "PUT" : "DELETE", `/api/v1/${play(word.play)}/like`],
  tempo: (word) => ["PUT", `${at(word.stage)}/${play(word.play)}/tempo`, { vote: word.vote || "none" }],
  answer: (word) => {
    const address = `${at(word.stage)}/polls/${encodeURIComponent(word.poll)}/vote`;
    return word.option === null ? ["DELETE", address] : ["PUT", address, { option: word.option }];
  },
  dislike: (word) => [word.disliked ? "PUT" : "DELETE", `/api/v1/${play(word.play)}/dislike`],
  choice: ({ stage, ballot, option }) => {
    const address = `${at(stage)}/ballots/${encodeURIComponent(ballot)}/vote`;
    return option === null ? ["DELETE", address] : ["PUT", address, { option }];
  },
  reaction: ({ stage, id, reaction, session, play: on }) => {
    return ["POST", `${at(stage)}/reactions`, { id, kind: reaction, session, play: on }];
  },
};

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// The guest cookie is not ours: a fresh page brings one. Once, not for ever.
function reloadOnce() {
  const last = recall("sessionStorage", RELOADED);
  if (typeof last === "number" && Date.now() - last < 60_000) return false;
  if (!keep("sessionStorage", RELOADED, Date.now())) return false;
  location.reload();
  return true;
}

async function wordsOf(answer) {
  const problem = await answer.json().catch(() => null);
  return [problem?.detail, problem?.advice].filter(Boolean).join(" ");
}

function ask(word) {
  const [method, address, body] = SAY[word.kind](word);
  const headers = { Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  return fetch(address, { method, headers, body: body && JSON.stringify(body) });
}

// `tell(word, result)`: what came of it; no result while it is only said, null when it was refused. `words(text)`: what
// people should read.
export function outbox({ tell, words, texts }) {
  let sending = false;
  let again = 0;
  let saved = false;
  let refusals = 0; // of this flush: their words are not taken away at once
  let patience = AGAIN_MS;

  // Gives what to do next: "done", "later" (this one), "wait" (all of them) or "stop" (the page reloads).
  async function send(key, word) {
    let answer;
    try {
      answer = await ask(word);
    } catch {
      return "wait";
    }
    if (answer.status === 429) {
      patience = Math.min(AGAIN_MOST_MS, Math.max(patience, 1000 * Number(answer.headers.get("Retry-After")) || 0));
      return "later";
    }
    if (answer.status >= 500 || answer.status === 408) return "wait";
    if (answer.status === 401 && reloadOnce()) return "stop";
    const result = answer.ok ? await answer.json().catch(() => ({})) : null;
    const reason = answer.ok ? "" : (await wordsOf(answer)) || texts.refused;
    if (!same(waiting()[key], word)) return "done"; // said otherwise meanwhile: the newer word goes next
    forget(key);
    tell(word, result);
    if (reason) words(reason);
    refusals += reason ? 1 : 0;
    return "done";
  }

  async function sendAll() {
    const sent = {};
    const tired = new Set(); // kinds of which hundreds may wait
    for (;;) {
      // A store that forgets nothing must not send for ever.
      const next = Object.entries(waiting()).find(([key, word]) => !tired.has(word.kind) && !same(sent[key], word));
      if (!next) return tired.size ? "later" : "done";
      const came = await send(...next);
      if (came === "wait" || came === "stop") return came;
      if (came === "later") tired.add(next[1].kind);
      sent[next[0]] = next[1];
    }
  }

  async function flush() {
    if (sending) return;
    clearTimeout(again);
    sending = true;
    patience = AGAIN_MS;
    refusals = 0;
    const outcome = await sendAll();
    sending = false;
    if (outcome === "wait" || outcome === "later") {
      if (!saved) words(outcome === "wait" ? texts.saved : texts.often);
      saved = true;
      again = setTimeout(flush, patience * (1 + Math.random()));
    } else if (saved) {
      saved = false;
      if (!refusals) words("");
    }
  }

  function want(word) {
    add(word);
    tell(word);
    flush();
  }

  return { want, flush, waiting: () => Object.values(waiting()) };
}
