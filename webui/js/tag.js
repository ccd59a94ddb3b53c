// Writes a player's address on an NFC tag where the browser can (Chrome on Android, over HTTPS), and prints its code.

const sheet = document.querySelector("[data-tag]");
const said = sheet?.querySelector("[data-written]");
const write = sheet?.querySelector("[data-write]");
const print = sheet?.querySelector("[data-print]");

async function written() {
  said.textContent = "Hold the phone to the tag.";
  try {
    await new NDEFReader().write({ records: [{ recordType: "url", data: sheet.dataset.tag }] });
    said.textContent = "It is written. Try it with another phone.";
  } catch (error) {
    said.textContent = `It could not be written: ${error.message}`;
  }
}

if (sheet) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
  write.hidden = !("NDEFReader" in window);
  write.addEventListener("click", written);
}
