// Which announcements were read on this phone, and which were closed. Nobody else is told.
//
// What was read stands in a cookie, so that pages without a script know it too, behind the newest number that there was
// when this phone came: "~118.121.125". What storage will not take is known for as long as the page is open.

const READ = "pika_read";
const CLOSED = "pika.closed";
const MOST = 60;
const READ_FOR_S = 24 * 3600;

const read = new Set();
const closed = new Set();

function kept() {
  const pair = document.cookie.split("; ").find((one) => one.startsWith(`${READ}=`)) || "";
  return pair.slice(READ.length + 1).split(".");
}

const cameAt = () => Number(kept()[0].match(/^~(\d+)$/)?.[1] || 0);

function readNumbers() {
  return new Set([...kept().map(Number).filter((number) => number > 0), ...read]);
}

// Whether an announcement counts still, or was said since this phone came, and was not read.
export function isUnread({ number, left_ms }) {
  return !readNumbers().has(number) && (left_ms > 0 || number > cameAt());
}

export function markRead(number) {
  if (readNumbers().has(number)) return;
  read.add(number);
  const newest = [...readNumbers()].sort((a, b) => b - a).slice(0, MOST);
  document.cookie = `${READ}=${[`~${cameAt()}`, ...newest].join(".")}; path=/; max-age=${READ_FOR_S}; samesite=lax`;
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
