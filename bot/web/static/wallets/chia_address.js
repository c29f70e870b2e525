/**
 * The address of a Chia public key, so that people can choose among their addresses.
 *
 * For showing only: the server derives the address again from the key that has really signed.
 */

import { bytesOfHex } from "./bytes.js";
import { sha256 } from "./sha256.js";

const KEY_BYTES = 48;
/** Tree hash of the standard puzzle `p2_delegated_puzzle_or_hidden_puzzle`. */
const STANDARD_PUZZLE = bytesOfHex("e9aaa49f45bad5c889b86ee3341550c155cfdd10c3a6757de618d20612fffd52");
const CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
/** What sets bech32m apart from bech32 (BIP-350). */
const BECH32M = 0x2bc830a3;

/** The standard address of a synthetic public key under a prefix such as xch; null for what is no key. */
export function addressOfKey(publicKey, prefix) {
  const key = bytesOfHex(publicKey);
  return key?.length === KEY_BYTES ? bech32m(prefix, standardPuzzleHash(key)) : null;
}

/** Tree hash of `(a (q . STANDARD_PUZZLE) (c (q . key) 1))`, which is the puzzle with the key filled in. */
function standardPuzzleHash(key) {
  const quoted = (hash) => pair(atom([1]), hash);
  const environment = list([atom([4]), quoted(atom(key)), atom([1])]);
  return list([atom([2]), quoted(STANDARD_PUZZLE), environment]);
}

function atom(bytes) {
  return sha256([1, ...bytes]);
}

function pair(first, rest) {
  return sha256([2, ...first, ...rest]);
}

function list(hashes) {
  return hashes.reduceRight((rest, first) => pair(first, rest), atom([]));
}

function bech32m(prefix, bytes) {
  const words = fiveBitWords(bytes);
  const checked = [...expanded(prefix), ...words, 0, 0, 0, 0, 0, 0];
  const sum = polymod(checked) ^ BECH32M;
  const checksum = [25, 20, 15, 10, 5, 0].map((shift) => (sum >>> shift) & 31);
  return `${prefix}1${[...words, ...checksum].map((word) => CHARSET[word]).join("")}`;
}

function fiveBitWords(bytes) {
  const words = [];
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; ) {
      bits -= 5;
      words.push((held >>> bits) & 31);
    }
  }
  if (bits > 0) words.push((held << (5 - bits)) & 31);
  return words;
}

function expanded(prefix) {
  const codes = Array.from(prefix, (letter) => letter.charCodeAt(0));
  return [...codes.map((code) => code >>> 5), 0, ...codes.map((code) => code & 31)];
}

function polymod(words) {
  return words.reduce((sum, word) => {
    const shifted = ((sum & 0x1ffffff) << 5) ^ word;
    return GENERATOR.reduce((value, part, bit) => (((sum >>> 25) >>> bit) & 1 ? value ^ part : value), shifted);
  }, 1);
}
