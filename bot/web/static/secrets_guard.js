/** Keeps people from sending what nobody may ever be given, when they paste the wrong thing. */

const SEED_LENGTHS = [12, 15, 18, 21, 24];
const WORD = /^[a-z]{3,8}$/;
const PRIVATE_KEY = /^(?:0x)?[0-9a-f]{64}$/i;

/** Whether a text looks like a seed phrase (BIP-39: 12 to 24 words of 3 to 8 letters) or a private key of 32 bytes. */
export function looksSecret(pasted) {
  const words = pasted.trim().toLowerCase().split(/[\s,.;:\d)]+/).filter(Boolean);
  const isPhrase = SEED_LENGTHS.includes(words.length) && words.every((word) => WORD.test(word));
  return isPhrase || PRIVATE_KEY.test(pasted.trim());
}
