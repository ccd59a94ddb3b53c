// The last page when the box is away. The network comes first, always; what the box says is never kept, only what it
// showed. Styles and scripts are kept by the browser itself, under addresses that change with them.

const KEPT = "pika-pages";

const isStage = (url) => /^\/s\/[^/]+$/.test(new URL(url).pathname);
const nameOf = (url) => new URL(url).pathname;

async function keep(url, answer) {
  if (!answer.ok || answer.redirected) return;
  const kept = await caches.open(KEPT);
  await kept.put(nameOf(url), answer);
}

async function newest(request) {
  try {
    const answer = await fetch(request);
    // Keeping must not hold the page up, and a full phone is no reason to show none.
    keep(request.url, answer.clone()).catch(() => {});
    return answer;
  } catch (error) {
    const last = await caches.match(nameOf(request.url));
    if (last) return last;
    throw error;
  }
}

// The page that brought this file was there before it.
async function begin() {
  await self.clients.claim();
  const open = await self.clients.matchAll({ type: "window" });
  await Promise.all(open.filter(({ url }) => isStage(url)).map(async ({ url }) => keep(url, await fetch(url))));
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(begin().catch(() => {})));
self.addEventListener("fetch", (event) => {
  const { mode, method, url } = event.request;
  if (mode === "navigate" && method === "GET" && isStage(url)) event.respondWith(newest(event.request));
});
