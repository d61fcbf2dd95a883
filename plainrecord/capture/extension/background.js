// The worker: opens the window that keeps a page when the button or its key is pressed, and sends what waits. It reads no page.

import { finishAbandoned } from "./lib/finishing.js";
import { api } from "./lib/browser.js";
import { ALARM, keepTime, sendWaiting } from "./lib/sending.js";

const WINDOW = { type: "popup", width: 500, height: 820 };

/** One window for each tab: a second press brings the first one back. */
async function openFor(tab) {
  const address = api.runtime.getURL(`capture.html?tab=${tab.id}&window=${tab.windowId}`);
  const open = await api.runtime.getContexts?.({ contextTypes: ["TAB"] }).catch(() => []);
  const already = open?.find(({ documentUrl }) => documentUrl?.startsWith(`${address}&`));
  if (already) return api.windows.update(already.windowId, { focused: true });
  return api.windows.create({ ...WINDOW, url: `${address}&clicked=${Date.now()}` });
}

async function tidyAndSend(force = false) {
  await finishAbandoned();
  await sendWaiting({ force });
}

/** A page that was just closed may hold its draft for a moment longer; what is not let go by then is left to the alarm. */
async function afterClosing() {
  for (let wait = 200; wait < 5000; wait *= 2) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (await finishAbandoned()) break;
  }
  await sendWaiting();
}

api.action.onClicked.addListener(openFor);
api.alarms.onAlarm.addListener(({ name }) => (name === ALARM ? tidyAndSend() : undefined));
api.runtime.onStartup.addListener(() => tidyAndSend());
api.runtime.onInstalled.addListener(() => keepTime());
// A window that was closed while it kept a page leaves a draft; what it had taken is finished here.
api.tabs.onRemoved.addListener(afterClosing);
api.runtime.onMessage.addListener((message, sender) => {
  const ours = sender.id === api.runtime.id && sender.url?.startsWith(api.runtime.getURL(""));
  if (ours && message === "send-now") tidyAndSend(true);
});
