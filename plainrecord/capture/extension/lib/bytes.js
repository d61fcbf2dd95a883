// Bytes as text and back, and their fingerprint. Knows nothing of pages or of the network.

/** SHA-256 of a buffer or blob, in lower-case hexadecimal. */
export async function sha256(data) {
  const buffer = data instanceof Blob ? await data.arrayBuffer() : data;
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", buffer)));
}

/** Bytes in lower-case hexadecimal. */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes of a text in UTF-8. */
export function utf8(text) {
  return new TextEncoder().encode(text);
}

/** Base64 in the alphabet for addresses, without padding; for keys and nonces, not for files. */
export function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Bytes of base64, in the ordinary alphabet or the one for addresses. */
export function fromBase64(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** The file inside a `data:` address, as a blob of the type it names. */
export function blobOfDataUrl(address) {
  const comma = address.indexOf(",");
  return new Blob([fromBase64(address.slice(comma + 1))], { type: address.slice(5, comma).split(";")[0] });
}

/** A size in words: "3.4 MB". */
export function sizeInWords(count) {
  if (count < 1e6) return `${Math.max(1, Math.round(count / 1e3))} kB`;
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(1)} GB`;
}
