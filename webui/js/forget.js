// The phone's own half of being forgotten: likes that waited in it for a connection.

for (const store of ["localStorage", "sessionStorage"]) {
  try {
    for (const key of Object.keys(window[store])) if (key.startsWith("pika.")) window[store].removeItem(key);
  } catch {
    // Closed to us, so nothing was ever kept there.
  }
}
