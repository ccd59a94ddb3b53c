// The phone's own half of being forgotten: likes that waited in it for a connection, and pages that it kept.

for (const store of ["localStorage", "sessionStorage"]) {
  try {
    for (const key of Object.keys(window[store])) if (key.startsWith("pika.")) window[store].removeItem(key);
  } catch {
    // Closed to us, so nothing was ever kept there.
  }
}
if (isSecureContext && self.caches) self.caches.delete("pika-pages").catch(() => {});
