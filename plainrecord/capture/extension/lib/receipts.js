// A receipt is believed only when its signature and everything it names agree with what this browser sent.

import { signedBy } from "./backend.js";

/** What a receipt says, if it is true; throws an error that names the disagreement otherwise. */
export async function checkedReceipt(answer, capture, publicKey) {
  if (!(await signedBy(publicKey, answer.signature, "plainrecord-capture/receipt/1", answer.receipt))) refuse("signature");
  const said = JSON.parse(answer.receipt);
  if (said.id !== capture.id) refuse("capture");
  if (said.manifest_sha256 !== capture.manifest_sha256) refuse("manifest");
  const sent = JSON.parse(capture.manifest).parts;
  const same = sent.every((part, place) => ["name", "sha256", "size"].every((field) => part[field] === said.parts[place]?.[field]));
  if (!same || said.parts.length !== sent.length) refuse("parts");
  return said;
}

function refuse(what) {
  throw Object.assign(new Error(what), { code: `receipt-${what}` });
}
