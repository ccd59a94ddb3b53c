// Fills in the one-time code that a link brought along. It stands behind the # of the address, so it never reaches the
// server's logs or the next page, and it is taken out of the browser's history at once.

const field = document.querySelector('input[name="code"]');
const found = /^#([0-9A-Z]{5}-[0-9A-Z]{5})$/.exec(location.hash);
if (field && found) {
  field.value = found[1];
  history.replaceState(null, "", location.pathname + location.search);
  document.querySelector('input[name="password"]').focus();
}
