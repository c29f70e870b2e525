/** Bytes and hexadecimal digits. */

const HEX = /^(?:0x)?((?:[0-9a-f]{2})*)$/i;

/** The bytes of a text in UTF-8, as hexadecimal digits without a prefix. */
export function hexOfText(text) {
  return hexOfBytes(new TextEncoder().encode(text));
}

/** Bytes as lower-case hexadecimal digits without a prefix. */
export function hexOfBytes(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes that hexadecimal digits stand for, with or without 0x; null for anything else. */
export function bytesOfHex(hex) {
  const match = typeof hex === "string" ? HEX.exec(hex.trim()) : null;
  return match === null ? null : Uint8Array.from(match[1].match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
