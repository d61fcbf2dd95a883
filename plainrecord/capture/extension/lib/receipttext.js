// A receipt and its state in words, for every page that shows one.

import { element, timeInWords, word } from "./words.js";
import { sizeInWords } from "./bytes.js";

/** What stands in the way of sending, as one sentence: ours where we know better, else the program's own. */
export function problemInWords({ code, says }) {
  const own = word(`problem_${code.replaceAll("-", "_")}`);
  if (!own.startsWith("problem_")) return own;
  return word("problem_other", says || code);
}

/** Fill a `dl` with what the receipt of a stored capture says. */
export function fillReceipt(list, { receipt, size }) {
  const rows = [
    ["receipt_number", receipt.capture],
    ["receipt_received", timeInWords(receipt.received_utc)],
    ["receipt_parts", word("parts_and_size", receipt.count, sizeInWords(size))],
    ["receipt_manifest", receipt.manifest_sha256],
    ["receipt_chain", `${receipt.chain_seq}: ${receipt.chain_head}`],
    ["receipt_key", inFours(receipt.key_id)],
  ];
  list.replaceChildren(...rows.flatMap(([name, value]) => [element("dt", word(name)), element("dd", value)]));
}

/** The short name of a key in groups of four, as the program shows it too. */
export function inFours(text) {
  return text.match(/.{1,4}/g).join(" ");
}

/** A receipt as a file, with what is needed to check its signature later. */
export function receiptFile({ receipt_text, signature, public_key }) {
  const text = JSON.stringify({ signed: "plainrecord-capture/receipt/1", receipt: receipt_text, signature, public_key }, null, 2);
  return new Blob([text], { type: "application/json" });
}
