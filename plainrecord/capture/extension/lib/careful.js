// What a person should know before a page is kept: that the other side may be told, or that the browser lets nobody read it.

import { api } from "./browser.js";

const BROWSERS_OWN = /^(chrome|edge|about|chrome-extension|moz-extension|devtools|view-source|resource|chrome-untrusted|chrome-search|brave|opera|vivaldi):/;
const STORES = /^https:\/\/(chromewebstore\.google\.com|chrome\.google\.com\/webstore|microsoftedge\.microsoft\.com|addons\.mozilla\.org|addons\.opera\.com)(\/|$)/;

/**
 * Name of the sentence that says why the page cannot be kept, or null when it can be tried. Browsers tell no extension the address
 * of their own pages, even when its button was `pressed` there.
 */
export function whyNot(address, pressed) {
  if (!address) return pressed ? "blocked_browser_page" : "blocked_no_click";
  if (BROWSERS_OWN.test(address)) return "blocked_browser_page";
  return STORES.test(address) ? "blocked_store" : null;
}

/** Whether an address looks like a PDF, which browsers show in a viewer that extensions cannot read. */
export function looksLikePdf(address) {
  return URL.canParse(address) && new URL(address).pathname.toLowerCase().endsWith(".pdf");
}

/** Name of the warning that fits the address, or null. The list is a data file, so that it can be corrected by anyone. */
export async function warningFor(address) {
  const { pages } = await (await fetch(api.runtime.getURL("data/warnings.json"))).json();
  return pages.find(({ match }) => match.some((pattern) => fits(pattern, address)))?.says ?? null;
}

/** Whether `address` fits a pattern such as `*.site.example/stories/*`. */
export function fits(pattern, address) {
  if (!URL.canParse(address)) return false;
  const { hostname, pathname } = new URL(address);
  const slash = pattern.indexOf("/");
  const host = pattern.slice(0, slash);
  const bare = host.replace(/^\*\./, "");
  const rightHost = hostname === bare || (host !== bare && hostname.endsWith(`.${bare}`));
  const path = pattern.slice(slash).split("*").map(literally).join(".*");
  return rightHost && new RegExp(`^${path}$`).test(pathname);
}

function literally(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
