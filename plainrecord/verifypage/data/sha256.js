"use strict";
// SHA-256 (FIPS 180-4) over bytes that come piece by piece: browsers hash only what is whole in memory.
// Runs in workers and reads one file at a time; memory stays at one piece of it, whatever the file's size.

const K = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2]);

class Sha256 {
  constructor() {
    this.state = new Int32Array([
      0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19]);
    this.rest = new Uint8Array(64);
    this.held = 0;
    this.length = 0;
    this.words = new Int32Array(64);
  }

  update(bytes) {
    this.length += bytes.length;
    let at = 0;
    if (this.held) {
      at = Math.min(64 - this.held, bytes.length);
      this.rest.set(bytes.subarray(0, at), this.held);
      this.held += at;
      if (this.held < 64) return;
      this.blocks(this.rest, 0, 64);
      this.held = 0;
    }
    const end = at + ((bytes.length - at) & ~63);
    this.blocks(bytes, at, end);
    this.rest.set(bytes.subarray(end));
    this.held = bytes.length - end;
  }

  hex() {
    const tail = new Uint8Array(this.held < 56 ? 64 : 128);
    tail.set(this.rest.subarray(0, this.held));
    tail[this.held] = 0x80;
    const view = new DataView(tail.buffer);
    view.setUint32(tail.length - 8, Math.floor(this.length / 0x20000000));
    view.setUint32(tail.length - 4, (this.length * 8) >>> 0);
    this.blocks(tail, 0, tail.length);
    return Array.from(this.state, word => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  blocks(bytes, start, end) {
    const w = this.words, state = this.state;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let h0 = state[0], h1 = state[1], h2 = state[2], h3 = state[3];
    let h4 = state[4], h5 = state[5], h6 = state[6], h7 = state[7];
    for (let at = start; at < end; at += 64) {
      for (let i = 0, p = at; i < 16; i++, p += 4) {
        w[i] = view.getInt32(p);
      }
      for (let i = 16; i < 64; i++) {
        const x = w[i - 15], y = w[i - 2];
        w[i] = (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)) + w[i - 7]
          + (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)) + w[i - 16] | 0;
      }
      let a = h0, b = h1, c = h2, d = h3, e = h4, f = h5, g = h6, h = h7;
      // Four rounds at a time, so that the eight names need not be moved along in each.
      for (let i = 0; i < 64; i += 4) {
        h = h + (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7)))
          + (g ^ (e & (f ^ g))) + K[i] + w[i] | 0;
        d = d + h | 0;
        h = h + (((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10)))
          + ((a & b) | (c & (a | b))) | 0;
        g = g + (((d >>> 6) | (d << 26)) ^ ((d >>> 11) | (d << 21)) ^ ((d >>> 25) | (d << 7)))
          + (f ^ (d & (e ^ f))) + K[i + 1] + w[i + 1] | 0;
        c = c + g | 0;
        g = g + (((h >>> 2) | (h << 30)) ^ ((h >>> 13) | (h << 19)) ^ ((h >>> 22) | (h << 10)))
          + ((h & a) | (b & (h | a))) | 0;
        f = f + (((c >>> 6) | (c << 26)) ^ ((c >>> 11) | (c << 21)) ^ ((c >>> 25) | (c << 7)))
          + (e ^ (c & (d ^ e))) + K[i + 2] + w[i + 2] | 0;
        b = b + f | 0;
        f = f + (((g >>> 2) | (g << 30)) ^ ((g >>> 13) | (g << 19)) ^ ((g >>> 22) | (g << 10)))
          + ((g & h) | (a & (g | h))) | 0;
        e = e + (((b >>> 6) | (b << 26)) ^ ((b >>> 11) | (b << 21)) ^ ((b >>> 25) | (b << 7)))
          + (d ^ (b & (c ^ d))) + K[i + 3] + w[i + 3] | 0;
        a = a + e | 0;
        e = e + (((f >>> 2) | (f << 30)) ^ ((f >>> 13) | (f << 19)) ^ ((f >>> 22) | (f << 10)))
          + ((f & g) | (h & (f | g))) | 0;
        // Each name now stands four places further on.
        let t = a; a = e; e = t;
        t = b; b = f; f = t;
        t = c; c = g; g = t;
        t = d; d = h; h = t;
      }
      h0 = h0 + a | 0; h1 = h1 + b | 0; h2 = h2 + c | 0; h3 = h3 + d | 0;
      h4 = h4 + e | 0; h5 = h5 + f | 0; h6 = h6 + g | 0; h7 = h7 + h | 0;
    }
    state[0] = h0; state[1] = h1; state[2] = h2; state[3] = h3;
    state[4] = h4; state[5] = h5; state[6] = h6; state[7] = h7;
  }
}

const PIECE = 1 << 22;

async function* piecesOf(blob, packed) {
  if (!packed) {
    // The next piece is read while this one is hashed.
    let next = blob.slice(0, PIECE).arrayBuffer();
    for (let at = 0; at < blob.size; at += PIECE) {
      const piece = await next;
      next = blob.slice(at + PIECE, at + 2 * PIECE).arrayBuffer();
      yield new Uint8Array(piece);
    }
    return;
  }
  const reader = blob.stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}

// `size` is what the file is said to have; a packed one that gives more is given up there and then.
async function digestOf({ blob, packed, size }, told) {
  const hash = new Sha256();
  for await (const piece of piecesOf(blob, packed)) {
    if (hash.length + piece.length > size) throw new Error("it is longer than its archive says");
    hash.update(piece);
    told(piece.length);
  }
  if (hash.length !== size) throw new Error("it is shorter than it should be");
  return hash.hex();
}

self.onmessage = async ({ data }) => {
  let told = 0;
  try {
    const sha256 = await digestOf(data, bytes => { told += bytes; if (told >= PIECE) { self.postMessage({ told }); told = 0; } });
    self.postMessage({ number: data.number, sha256, told });
  } catch (error) {
    self.postMessage({ number: data.number, failed: String((error && error.message) || error), told });
  }
};
