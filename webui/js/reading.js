// Which announcements were read on this phone, and which were closed. Nobody else is told.
//
// What was read stands in a cookie, so that pages without a script know it too. What storage will not take is known for
// as long as the page is open.

const READ = "pika_read";
const CLOSED = "pika.closed";
const MOST = 60;
const READ_FOR_S = 24 * 3600;

const read = new Set();
const closed = new Set();

// The announcements' numbers.
export function readNumbers() {
  const pair = document.cookie.split("; ").find((one) => one.startsWith(`${READ}=`)) || "";
  const kept = pair.slice(READ.length + 1).split(".").map(Number);
  return new Set([...kept.filter((number) => number > 0), ...read]);
}

export function markRead(number) {
  if (readNumbers().has(number)) return;
  read.add(number);
  const kept = [...readNumbers()].sort((a, b) => b - a).slice(0, MOST);
  document.cookie = `${READ}=${kept.join(".")}; path=/; max-age=${READ_FOR_S}; samesite=lax`;
}

// The announcements' ids.
export function closedIds() {
  try {
    return new Set([...JSON.parse(localStorage.getItem(CLOSED) || "[]"), ...closed]);
  } catch {
    return closed;
  }
}

export function close(id) {
  closed.add(id);
  try {
    localStorage.setItem(CLOSED, JSON.stringify([...closedIds()].slice(-MOST)));
  } catch {
    // Private mode and captive windows have none.
  }
}
