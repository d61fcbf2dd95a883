// Speaks to Plainrecord on this computer, on the loopback interface and nowhere else; docs/capture-api.md says each call.
// Nothing is sent before the program has proved, by a signed nonce, that it is the one this browser was paired with.

import { fromBase64, sha256, toBase64, utf8 } from "./bytes.js";

export const CHUNK = 8 * 1024 * 1024;
const PATIENCE = 120e3; // for one answer; a program that hangs must not keep everything else from being tried again
const WAITED_FOR = 20e3; // the same, where a person looks on and can press again
const TRIES_AT_A_PART = 3;
const TRIES_WHEN_TOO_QUICK = 6;

/** A refusal or failure: a short code, what the program said about it, and the fields that came with it. */
export class BackendError extends Error {
  constructor(code, message = "", answer = {}, wait = 0) {
    super(message);
    Object.assign(this, { code, answer, wait });
  }
}

/** One call; answers with what came back as JSON, or throws a `BackendError`. Waits where the program says we are too quick. */
async function call(port, path, body, options) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await callOnce(port, path, body, options);
    } catch (error) {
      if (error.code !== "rate" || tried === TRIES_WHEN_TOO_QUICK) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1e3 * Math.min(10, error.wait || 1)));
    }
  }
}

async function callOnce(port, path, body, { method = "POST", token = null, type = "application/json", patience = PATIENCE } = {}) {
  const headers = { "Content-Type": type };
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method, headers, body, credentials: "omit", cache: "no-store", redirect: "error", referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(patience),
    });
  } catch {
    throw new BackendError("unreachable");
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  const wait = Number(response.headers.get("Retry-After")) || 0;
  throw new BackendError(answer?.error ?? `http-${response.status}`, answer?.message, answer ?? {}, wait);
}

/** Whether `signature` over `lines` was made with the key. False, too, where a browser cannot tell: then nothing is deleted. */
export async function signedBy(publicKey, signature, ...lines) {
  try {
    const key = await crypto.subtle.importKey("raw", fromBase64(publicKey), { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, key, fromBase64(signature), utf8(lines.join("\n")));
  } catch {
    return false;
  }
}

function freshNonce() {
  return toBase64(crypto.getRandomValues(new Uint8Array(32)));
}

/** Exchange the code that the program shows for a token and the key it signs with. */
export async function pair(port, code, name) {
  const nonce = freshNonce();
  const answer = await call(port, "/v1/pair", JSON.stringify({ code, nonce, name }), { patience: WAITED_FOR });
  const tokenHash = await sha256(utf8(answer.token));
  const lines = ["plainrecord-capture/pair/1", `127.0.0.1:${port}`, location.origin, nonce, tokenHash];
  if (!(await signedBy(answer.public_key, answer.signature, ...lines))) throw new BackendError("another-program");
  const { token, public_key, key_id, browser } = answer;
  return { port, token, public_key, key_id, browser };
}

/** Make the program prove that it is the one we paired with; throws when it cannot. */
export async function hello({ port, public_key }) {
  const nonce = freshNonce();
  const { signature } = await call(port, "/v1/hello", JSON.stringify({ nonce }), { patience: WAITED_FOR });
  const lines = ["plainrecord-capture/hello/1", `127.0.0.1:${port}`, location.origin, nonce];
  if (!(await signedBy(public_key, signature, ...lines))) throw new BackendError("another-program");
}

/** How much room the case has, and what it takes at most. */
export function status({ port, token }) {
  return call(port, "/v1/status", "{}", { token });
}

/** Send what the program does not hold yet of one part, in pieces; returns when it holds all of it. */
export async function sendPart({ port, token }, id, part, blob, progress) {
  const path = `/v1/captures/${id}/${part.name}`;
  let { have } = await call(port, `${path}/have`, JSON.stringify({ size: part.size, sha256: part.sha256 }), { token });
  let refused = 0;
  while (have < part.size) {
    progress(have);
    const piece = blob.slice(have, have + CHUNK);
    try {
      ({ have } = await call(port, `${path}?off=${have}`, piece, { method: "PUT", token, type: "application/octet-stream" }));
    } catch (error) {
      refused += 1;
      if (error.code !== "offset" || refused === TRIES_AT_A_PART) throw error;
      have = error.answer.have; // an answer was lost on the way: go on where the program stands
    }
  }
}

/** Hand in the manifest, byte for byte; answers with the signed receipt. */
export function commit({ port, token }, id, manifest) {
  return call(port, `/v1/captures/${id}/commit`, manifest, { token });
}
