// The browser's own interface under one name: Firefox calls it `browser`, Chromium `chrome`; both answer with promises.

export const api = globalThis.browser ?? globalThis.chrome;

/** Whether this is a browser that can photograph a whole page without scrolling it; only Firefox can. */
export const photographsWithoutScrolling = typeof globalThis.browser?.runtime?.getBrowserInfo === "function";

/** Name and version of the browser, as it states them itself. */
export async function browserName() {
  if (photographsWithoutScrolling) {
    const { name, version } = await api.runtime.getBrowserInfo();
    return `${name} ${version}`;
  }
  const brands = navigator.userAgentData ? await navigator.userAgentData.getHighEntropyValues(["fullVersionList"]) : {};
  const named = (brands.fullVersionList ?? []).filter(({ brand }) => !/not.?a.?brand/i.test(brand));
  return named.map(({ brand, version }) => `${brand} ${version}`).join(", ") || navigator.userAgent;
}
