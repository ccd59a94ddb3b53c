// What only a secure page has, and each of it only where this browser has it: the last page when the box is away, a
// place on the home screen, a screen that stays on, sharing. Nothing here is needed for anything else.

const part = (name) => document.querySelector(`[data-part="${name}"]`);

function offer(name, act) {
  const button = part(name);
  button.hidden = part("extras").hidden = false;
  button.addEventListener("click", () => act(button).catch(() => {})); // whoever changes their mind need not be told
}

// The system lets go of the lock whenever the page is hidden.
function stayAwake() {
  let wanted = false;
  let lock = null;

  async function hold() {
    if (wanted && document.visibilityState === "visible") lock = await navigator.wakeLock.request("screen");
  }

  offer("awake", async (button) => {
    wanted = !wanted;
    button.setAttribute("aria-pressed", String(wanted));
    if (wanted) await hold();
    else await lock?.release();
  });
  document.addEventListener("visibilitychange", () => hold().catch(() => {}));
}

function beInstalled() {
  const link = document.createElement("link");
  link.rel = "manifest";
  link.href = "/manifest.webmanifest";
  document.head.append(link);
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer("install", () => event.prompt());
  });
}

function extras() {
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
  beInstalled();
  if (navigator.wakeLock) stayAwake();
  if (navigator.share) offer("share", () => navigator.share({ title: document.title, url: location.href.split("?")[0] }));
}

if (isSecureContext) extras();
