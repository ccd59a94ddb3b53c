// What a browser can do about push messages, and its subscription. The worker serves the whole site.

export const isStandalone = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
export const isApple =
  /iP(hone|ad|od)/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
export const canPush = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

export async function subscription() {
  if (!canPush) return null;
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) ?? null;
}

function bytes(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

export async function subscribed(key) {
  await navigator.serviceWorker.register("/push-worker.js", { scope: "/" });
  const { pushManager } = await navigator.serviceWorker.ready;
  const wanted = { userVisibleOnly: true, applicationServerKey: bytes(key) };
  try {
    return await pushManager.subscribe(wanted);
  } catch (error) {
    // Subscribed with another key, such as that of a cloud before this one.
    if (error.name !== "InvalidStateError") throw error;
    await (await pushManager.getSubscription())?.unsubscribe();
    return pushManager.subscribe(wanted);
  }
}
