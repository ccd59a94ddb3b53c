// Shows the pairing code that a QR code brought along. It stands behind the # of the address, so it never reaches the
// server, its logs, or the next page.

const section = document.querySelector('[data-part="pair"]');

function show() {
  const found = /^#pair=([1-9]-[0-9]{4}-[0-9]{4})$/.exec(location.hash);
  section.hidden = !found;
  if (!found) return;
  for (const place of section.querySelectorAll('[data-part="pair-code"]')) place.textContent = found[1];
  const box = section.querySelector('[data-part="pair-box"]');
  const port = box.dataset.port;
  box.textContent = port === "8470" ? location.hostname : `${location.hostname}:${port}`;
  section.scrollIntoView({ block: "start" });
}

if (section) {
  addEventListener("hashchange", show);
  show();
}
