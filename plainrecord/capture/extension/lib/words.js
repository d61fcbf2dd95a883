// Every sentence a person reads comes from `_locales`, and reaches a page as text, never as markup.

import { api } from "./browser.js";

/** The sentence called `name`, with its blanks filled in. */
export function word(name, ...blanks) {
  return api.i18n.getMessage(name, blanks.map(String)) || name;
}

/** Fill in every element of a page that names its sentence in `data-word`, and say in which language they are. */
export function fillPage(root = document) {
  root.documentElement.lang = word("language");
  for (const element of root.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
}

/** A new element holding text. */
export function element(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** A time in the zone of this device, with the zone, so that it cannot be misread. */
export function timeInWords(moment) {
  const format = new Intl.DateTimeFormat(word("language"), { dateStyle: "medium", timeStyle: "long" });
  return format.format(new Date(moment));
}
