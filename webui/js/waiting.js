// Words that wait in this phone, by what makes two of them one. They outlive a reload in localStorage; where that is
// closed (private mode, captive windows) they live as long as the page. Knows no network.

const KEPT = "pika.outbox";

const KEYS = {
  like: (word) => word.play,
  tempo: (word) => word.play,
  answer: (word) => word.poll,
  choice: (word) => word.ballot,
  dislike: (word) => word.play,
  reaction: (word) => word.id,
};

const keyOf = (word) => `${word.kind}/${KEYS[word.kind](word)}`;

// Words that localStorage would not take.
const memory = {};

export function recall(store, key) {
  try {
    return JSON.parse(window[store].getItem(key) || "null");
  } catch {
    return null;
  }
}

export function keep(store, key, value) {
  try {
    window[store].setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

// Another tab may have added or sent some, so the shared copy is read anew each time.
export function waiting() {
  const kept = Object.entries(recall("localStorage", KEPT) || {}).filter(([, word]) => KEYS[word?.kind]);
  return { ...Object.fromEntries(kept), ...memory };
}

export function add(word) {
  const key = keyOf(word);
  delete memory[key];
  const rest = waiting();
  delete rest[key]; // the newest word goes last
  if (!keep("localStorage", KEPT, { ...rest, [key]: word })) memory[key] = word;
}

export function forget(key) {
  delete memory[key];
  const rest = waiting();
  delete rest[key];
  keep("localStorage", KEPT, rest);
}
