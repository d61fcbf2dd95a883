// The list of what was kept: what still waits and why, and for the rest the receipts, which stay here.

import { sizeInWords } from "./lib/bytes.js";
import { allowLeaving } from "./lib/leave.js";
import { fillReceipt, problemInWords, receiptFile } from "./lib/receipttext.js";
import { sendWaiting } from "./lib/sending.js";
import { settings } from "./lib/settings.js";
import { allCaptures } from "./lib/shelf.js";
import { element, fillPage, timeInWords, word } from "./lib/words.js";

const at = (id) => document.getElementById(id);

function row(capture) {
  const item = element("li");
  item.append(element("div", capture.title || capture.url, { class: "page-name" }), element("div", capture.url, { class: "address" }));
  item.append(element("p", word(`state_${capture.state}`, timeInWords(capture.clicked))));
  if (capture.problem) item.append(element("p", problemInWords(capture.problem)));
  if (capture.state === "stored") item.append(...receiptOf(capture));
  else if (capture.size) item.append(element("p", sizeInWords(capture.size)));
  return item;
}

function receiptOf(capture) {
  const list = element("dl");
  fillReceipt(list, capture);
  const details = element("details");
  details.append(element("summary", word("receipt_of", capture.receipt.capture)), list);
  const save = element("button", word("save_receipt"), { type: "button" });
  save.onclick = () => {
    const address = URL.createObjectURL(receiptFile(capture));
    element("a", "", { href: address, download: `receipt-${capture.receipt.capture}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };
  details.append(save);
  return [details];
}

async function showAll() {
  const captures = await allCaptures();
  const { pairing, sending } = await settings();
  const waiting = captures.filter(({ state }) => state !== "stored").length;
  const why = !pairing ? word("notice_not_paired") : waiting && sending.problem ? problemInWords(sending.problem) : "";
  at("state").textContent = `${waiting ? word("some_wait", waiting) : word("none_wait")} ${why}`;
  at("list").replaceChildren(...captures.toReversed().map(row));
  at("none").hidden = captures.length > 0;
  at("again").hidden = waiting === 0;
}

fillPage();
document.title = word("kept_pages");
allowLeaving();
at("again").onclick = async () => {
  at("state").textContent = word("sending_now");
  await sendWaiting({ force: true });
  await showAll();
};
showAll();
