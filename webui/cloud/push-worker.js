// Shows what the cloud sends (Declarative Web Push, the same JSON for browsers with and without it), and opens where it
// leads. Something is always shown: browsers take the permission away from whoever receives in silence.

const HOME = "/c";

function read(event) {
  try {
    const said = event.data.json().notification;
    return typeof said.title === "string" && said.title ? said : { title: "Pika Box" };
  } catch {
    return { title: "Pika Box" };
  }
}

// Only to our own pages, whatever a message says.
function ours(address) {
  try {
    const url = new URL(address, self.location.origin);
    return url.origin === self.location.origin ? url.href : HOME;
  } catch {
    return HOME;
  }
}

async function open(address) {
  const pages = await self.clients.matchAll({ type: "window" });
  const here = pages.find((page) => page.url.split("#")[0] === new URL(address, self.location.origin).href);
  return here ? here.focus() : self.clients.openWindow(address);
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const { title, body = "", tag = "pika", navigate = HOME } = read(event);
  event.waitUntil(self.registration.showNotification(title, { body, tag, data: { navigate: ours(navigate) } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.navigate ?? HOME));
});
