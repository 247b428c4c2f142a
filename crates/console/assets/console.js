// What makes the console quicker where scripts run. Without it every page works the same.
"use strict";

// Buttons that copy: hidden until here, since they could do nothing.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    if (field.select) field.select();
    else getSelection().selectAllChildren(field);
    try {
      await navigator.clipboard.writeText(field.value ?? field.textContent);
    } catch {
      // Plain http has no clipboard; the old way still works there.
      document.execCommand("copy");
    }
    const label = button.textContent;
    button.textContent = "Copied";
    say("Copied to the clipboard");
    setTimeout(() => { button.textContent = label; }, 1500);
  });
}

// Search as you type: the page itself is asked, and its results put in the place of these.
for (const form of document.querySelectorAll("form[data-live]")) {
  const target = form.dataset.live;
  let waiting, asked;
  const ask = async () => {
    const pairs = [...new FormData(form)].filter(([, value]) => value !== "");
    const query = new URLSearchParams(pairs).toString();
    const url = form.getAttribute("action") + (query ? "?" + query : "");
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(url, { signal: asked.signal, headers: { "x-part": target } });
      if (answer.redirected) { location.assign(url); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById(target);
      if (found) {
        document.getElementById(target).replaceWith(found);
        if (form.dataset.address !== "keep") history.replaceState(null, "", url);
      }
    } catch (error) {
      if (error.name !== "AbortError") form.submit();
    }
  };
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 150); });
  form.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter.formMethod === "post") return;
    if ((form.getAttribute("method") || "get") !== "get") return;
    event.preventDefault();
    clearTimeout(waiting);
    ask();
  });
}

// Whoever writes into the last rule gets another one after it. Without a script the preview brings it.
for (const rules of document.querySelectorAll(".rules")) {
  rules.addEventListener("input", (event) => {
    const last = rules.querySelector(".rule:last-child");
    const number = rules.querySelectorAll(".rule").length;
    if (!event.target.value || number >= 50 || !last.contains(event.target)) return;
    const next = last.cloneNode(true);
    const renamed = (text) => text.replace(`rule-${number}-`, `rule-${number + 1}-`);
    next.querySelector("legend").textContent = `Rule ${number + 1}`;
    for (const label of next.querySelectorAll("label")) label.htmlFor = renamed(label.htmlFor);
    for (const field of next.querySelectorAll("input, select")) {
      field.id = renamed(field.id);
      field.name = renamed(field.name);
      field.value = field.type === "number" ? number + 1 : "";
    }
    last.after(next);
  });
}

// Suggestions for a name, from the list page of its kind: whatever stands first in its rows.
for (const field of document.querySelectorAll("input[data-suggest]")) {
  const list = document.getElementById(field.getAttribute("list"));
  let waiting;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const answer = await fetch(field.dataset.suggest + "?" + new URLSearchParams({ q: field.value }));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      list.replaceChildren(...[...page.querySelectorAll("#results tbody tr")].slice(0, 12).map((row) => {
        const option = document.createElement("option");
        const [title, below] = [row.querySelector(".row-title"), row.querySelector(".row-sub")];
        // People are named by their userName, which stands below when they are displayed by another name.
        option.value = field.name === "person" && below ? below.textContent : title.textContent;
        if (field.name === "person" && below) option.label = title.textContent;
        return option;
      }));
    }, 150);
  });
}

// What takes long comes by itself, after the page.
for (const waiting of document.querySelectorAll("[data-load]")) {
  const into = waiting.dataset.into;
  const button = waiting.querySelector(".button");
  button.textContent = "Looking …";
  button.setAttribute("aria-disabled", "true");
  fetch(waiting.dataset.load, { headers: { "x-part": into } })
    .then(async (answer) => {
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      document.getElementById(into).replaceChildren(...page.getElementById(into).childNodes);
    })
    .catch(() => {
      button.textContent = "Look again";
      button.removeAttribute("aria-disabled");
    });
}

// A panel that shows what arrives: asked for again every other second while somebody looks.
for (const panel of document.querySelectorAll("[data-refresh]")) {
  setInterval(async () => {
    if (document.hidden || panelHasFocus(panel.id)) return;
    try {
      const answer = await fetch(panel.dataset.refresh, { headers: { "x-part": panel.id } });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById(panel.id);
      const shown = document.getElementById(panel.id);
      if (found && found.innerHTML !== shown.innerHTML) shown.replaceWith(found);
    } catch {
      // The server restarts or the network is away; the next time may find it.
    }
  }, 2000);
}
function panelHasFocus(id) {
  return document.getElementById(id).contains(document.activeElement);
}

// What opened to be confirmed or chosen closes with Escape, or by a click beside it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.confirm[open], details.account[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.account[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

// On a wide screen the menu is always there.
const menu = document.getElementById("menu");
if (menu) {
  const wide = matchMedia("(min-width: 52rem)");
  const follow = () => { menu.open = wide.matches; };
  follow();
  wide.addEventListener("change", follow);
}

function say(text) {
  let region = document.getElementById("said");
  if (!region) {
    region = document.createElement("div");
    region.id = "said";
    region.className = "hidden";
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  region.textContent = text;
}
