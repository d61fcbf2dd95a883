"use strict";
// Two conveniences. Everything in a bundle can be read without them; nothing is fetched, stored outside this tab, or run
// from what the pages show: values reach the page as text only.
(function () {
  var quiet = document.getElementById("quiet");
  if (!quiet) { return; }
  function kept() { try { return sessionStorage.getItem("quiet") === "1"; } catch (refused) { return false; } }
  // Browsers lose what a tab stores for a file, seldom and when it is loaded anew; the tab's own name stays.
  quiet.checked = kept() || window.name === "quiet";
  quiet.addEventListener("change", function () {
    window.name = quiet.checked ? "quiet" : "";
    try { sessionStorage.setItem("quiet", quiet.checked ? "1" : "0"); } catch (refused) { /* the name keeps it */ }
  });
})();
(function () {
  var box = document.getElementById("find"), block = document.getElementById("index");
  if (!box || !block) { return; }
  var index = JSON.parse(block.textContent), STEP = 200, DAY = 86400000;
  function part(id) { return document.getElementById(id); }
  var controls = ["f-who", "f-account", "f-service", "f-kind"].map(part), from = part("f-from"), to = part("f-to");
  // "message, whatsapp" is kind and service; one word is both.
  var sorts = index.sorts.map(function (one) {
    var words = one[2].split(", ");
    return [one[0], one[1], words[words.length - 1], words[0]];
  });
  var total = 0;
  index.items.forEach(function (stretch) { total += stretch[2]; });
  controls.forEach(function (control, at) {
    var counts = new Map();
    index.items.forEach(function (stretch) {
      var value = sorts[stretch[0] >> 1][at];
      counts.set(value, (counts.get(value) || 0) + stretch[2]);
    });
    Array.from(counts.keys()).sort().forEach(function (value) {
      var option = document.createElement("option");
      option.value = value;
      option.textContent = value + " (" + counts.get(value).toLocaleString("en-GB") + ")";
      control.appendChild(option);
    });
  });
  function day(control) { return control.value ? Date.parse(control.value + "T00:00:00Z") / DAY : null; }
  function eachItem(visit) {
    var first = day(from), last = day(to), main = 0, inside = 0;
    index.items.forEach(function (stretch) {
      var sort = sorts[stretch[0] >> 1], on = stretch[1], fits = controls.every(function (control, at) {
        return !control.value || control.value === sort[at];
      });
      if (first !== null || last !== null) {
        fits = fits && on !== null && (first === null || on >= first) && (last === null || on <= last);
      }
      for (var left = stretch[2]; left > 0; left -= 1) {
        if (stretch[0] & 1) { inside += 1; } else { main += 1; inside = 0; }
        visit(fits, main, inside, sort, on);
      }
    });
  }
  function number(main, inside) {
    return "M-" + String(main).padStart(6, "0") + (inside ? "-" + inside : "");
  }
  function dayText(on) {
    if (on === null) { return "undated"; }
    return new Date(on * DAY).toLocaleDateString("en-GB", {
      weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC"
    });
  }
  var list = part("f-list"), more = part("f-more"), shown = STEP;
  function entry(main, inside, sort, on) {
    var line = document.createElement("li"), link = document.createElement("a");
    var name = number(main, inside), sheet = String(Math.floor((main - 1) / index.rows) + 1).padStart(4, "0");
    link.href = "timeline-" + sheet + ".html#t-" + name;
    link.textContent = name;
    line.appendChild(link);
    line.appendChild(document.createTextNode(" " + [dayText(on), sort[0], sort[1], sort[3], sort[2]].join(" · ")));
    return line;
  }
  function show() {
    var found = 0, lines = document.createDocumentFragment();
    eachItem(function (fits, main, inside, sort, on) {
      if (fits) { found += 1; }
      if (!list) {
        var row = part("t-" + number(main, inside));
        if (row) { row.hidden = !fits; }
      } else if (fits && found <= shown) {
        lines.appendChild(entry(main, inside, sort, on));
      }
    });
    if (list) {
      list.replaceChildren(lines);
      more.hidden = found <= shown;
    }
    part("f-said").textContent = found.toLocaleString("en-GB") + " of " + total.toLocaleString("en-GB") + " items. Days are in " +
      index.zone + ".";
  }
  function anew() { shown = STEP; show(); }
  controls.concat([from, to]).forEach(function (control) { control.addEventListener("change", anew); });
  part("f-all").addEventListener("click", function () {
    controls.concat([from, to]).forEach(function (control) { control.value = ""; });
    anew();
  });
  if (more) {
    more.addEventListener("click", function () {
      var at = list.children.length;
      shown += STEP;
      show();
      list.children[at].querySelector("a").focus();
    });
  }
  var none = part("f-none");
  if (none) { none.hidden = true; }
  box.hidden = false;
  show();
})();
