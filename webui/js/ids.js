// 80 random bits; `crypto.randomUUID` does not exist on plain HTTP.
export function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
