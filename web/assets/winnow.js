// What makes the moderator page quick: keys, the next comment at once, choosing many,
// and what happens elsewhere as it happens. Everything here also works without it, by
// forms and links. It adds no markup of its own from what comments contain: texts are
// set by textContent, and pieces of pages come from the server as they are.
"use strict";
(() => {
  const $ = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const words = $("#words")?.dataset ?? {};
  const list = $("#list");
  const filled = (text, ...values) => values.reduce((t, v) => t.replace("%s", v), text);
  const say = (text) => { $("#says").textContent = text; };
  document.documentElement.classList.add("js");

  // ---- The current comment ----
  let current = null;
  const cards = () => all(".card");
  const cardOf = (site, id) => cards().find((c) => c.dataset.site === site && c.dataset.id === id);

  function go(card, { focus = true } = {}) {
    if (current && current !== card) away(current);
    current?.classList.remove("current");
    current = card ?? null;
    if (!card) return;
    card.classList.add("current");
    if (focus) {
      card.focus({ preventScroll: true });
      card.scrollIntoView({ block: "nearest" });
    }
    look(card);
    const rest = cards().length - 1 - cards().indexOf(card);
    if (rest < 8) $("[data-more]")?.click();
  }

  function next(step) {
    const stay = cards().filter((c) => !c.classList.contains("sent"));
    if (!current || !current.isConnected) return go(stay[0]);
    const order = cards();
    for (let i = order.indexOf(current) + step; i >= 0 && i < order.length; i += step) {
      if (!order[i].classList.contains("sent")) return go(order[i]);
    }
  }

  // ---- Deciding: the card goes and the next is there before the server has answered ----
  const places = new Map(); // of a card that was decided: what stood after it

  function leave(card) {
    const order = cards().filter((c) => c === card || !c.classList.contains("sent"));
    const at = order.indexOf(card);
    const follower = order[at + 1] ?? order[at - 1];
    places.set(card.id, card.nextElementSibling?.id ?? "");
    card.classList.add("sent");
    if (card === current) go(follower);
  }

  function decide(verdict) {
    const chosen = all(".pick input:checked");
    if (chosen.length > 0) return press($("#bulk"), verdict);
    if (current && !current.classList.contains("gone") && !current.classList.contains("sent")) press($(".acts", current), verdict);
  }

  // ---- Why a comment is rejected that is no spam: a choice that x opens ----
  const choice = () => $(".rejects[open]");
  const reasons = { 1: "off-topic", 2: "abuse", x: "reject" };

  function reject() {
    const form = all(".pick input:checked").length > 0 ? $("#bulk") : current && !current.classList.contains("gone") && !current.classList.contains("sent") ? $(".acts", current) : null;
    const details = form && $(".rejects", form);
    if (!details) return;
    details.open = true;
    $("button", details).focus();
  }

  function shut(details, back) {
    details.open = false;
    if (back) (details.closest(".card") ?? $("summary", details)).focus({ preventScroll: true });
  }

  // reason takes a key while the choice is open; true if it was one of its own.
  function reason(key) {
    const details = choice();
    if (!details) return false;
    if (key === "Escape") shut(details, true);
    else if (reasons[key]) push($(`button[value=${reasons[key]}]`, details));
    else if (key === "Enter" || key === " " || key === "Tab" || key === "Shift") return "native";
    else { shut(details, true); return false; }
    return true;
  }

  function press(form, verdict) {
    const button = form && $(`button[value=${verdict}]`, form);
    push(button);
  }

  // push clicks, because htmx knows the button of a click alone, and has htmx know of a form
  // that has only just arrived, which would else load the whole page anew.
  function push(button) {
    if (!button) return;
    htmx.process(button.form ?? button);
    button.click();
  }

  // ---- Lists that take long to look through: one press goes on until something is found ----
  let further = null; // what was there when somebody asked for more
  const furthest = 60;

  function ask(link, event) {
    if (!further && !event?.isTrusted) return; // the list asks by itself near its end
    further = { had: cards().length, focus: further?.focus || document.activeElement === link, tries: (further?.tries ?? 0) + 1 };
  }

  function answered() {
    const link = $("[data-more]");
    const { had, focus, tries } = further;
    const came = cards().length - had;
    if (came === 0 && link && tries < furthest) {
      if (focus) link.focus({ preventScroll: true });
      return push(link);
    }
    further = null;
    if (came > 0) {
      if (focus) go(cards()[had]);
      return say(filled(came === 1 ? words.cameOne : words.cameMany, came));
    }
    if (focus) (link ?? $("#main")).focus();
    say(link ? $("#more p").textContent : $("#empty").textContent);
  }

  document.addEventListener("htmx:beforeRequest", (e) => {
    if (e.target.matches?.("[data-more]")) ask(e.target, e.detail.requestConfig.triggeringEvent);
    for (const d of all(".rejects[open]")) d.open = false; // cards stay until the answer has come
    const card = e.target.closest?.(".acts")?.closest(".card");
    if (card && list && e.detail.requestConfig.parameters.get?.("verdict") !== "keep") leave(card);
    else if (card && list) next(1);
    if (e.target.id === "bulk") {
      for (const box of all(".pick input:checked")) leave(box.closest(".card"));
    }
  });

  // After an error of the network nothing was done: the card is there again.
  for (const kind of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(kind, (e) => {
      const card = e.target.closest?.(".card");
      card?.classList.remove("sent");
      for (const c of all(".card.sent")) c.classList.remove("sent");
      further = null;
      tell(words.failed);
    });
  }

  function tell(text) {
    const p = document.createElement("p");
    p.className = "done alert";
    p.textContent = text;
    $("#bar").replaceChildren(p);
  }

  document.addEventListener("htmx:beforeSwap", (e) => {
    const card = e.target.closest?.(".card");
    if (card && e.detail.xhr.status >= 400 && e.detail.xhr.status !== 409) card.classList.remove("sent");
    // What was undone comes back where it was.
    if (e.detail.requestConfig?.path === "/undo" && e.detail.xhr.status === 200 && list) putBack(e.detail.xhr.responseText);
  });

  function putBack(html) {
    const card = $(".card", new DOMParser().parseFromString(html, "text/html"));
    if (!card) return;
    const node = document.importNode(card, true);
    $(`#${node.id}`)?.remove();
    if (list.dataset.action !== node.querySelector(".verdict .tag")?.classList[1]) return;
    const follower = places.get(node.id);
    const before = follower ? document.getElementById(follower) : null;
    if (before?.parentNode === list) list.insertBefore(node, before);
    else if (places.has(node.id)) list.insertBefore(node, $("#more"));
    else list.prepend(node);
    htmx.process(node);
    go(node);
    count(1);
  }

  document.addEventListener("htmx:afterSettle", () => {
    if (current && !current.isConnected) {
      const again = document.getElementById(current.id);
      current = null;
      if (again) go(again, { focus: false });
    }
    if (!current && list) go(cards().find((c) => !c.classList.contains("sent")), { focus: false });
    chosen();
    emptiness();
    if (further && !$("[data-more].htmx-request")) answered();
  });

  document.addEventListener("htmx:afterRequest", (e) => {
    const path = e.detail.requestConfig?.path ?? "";
    if (path.endsWith("/decide") && e.detail.xhr.status === 200 && list) {
      if (!all(".acts").some((form) => form.getAttribute("action") === path)) count(-1); // its card has gone
      for (const c of all(".card.sent")) if (!c.isConnected) c.remove();
      emptiness();
    }
    if (path === "/bulk" && e.detail.xhr.status === 200) {
      for (const c of all(".card.sent")) { c.remove(); count(-1); }
      emptiness();
    }
  });

  let total = null;
  function count(by) {
    const place = $("#total");
    if (!place) return;
    total ??= parseInt(place.textContent.replace(/[^0-9]/g, ""), 10) || 0;
    total = Math.max(0, total + by);
    place.textContent = total === 1 ? place.dataset.single : filled(place.dataset.many, String(total).replace(/\B(?=(\d{3})+$)/g, "\u202f"));
  }

  function emptiness() {
    const none = list && cards().length === 0 && !$("#more");
    if ($("#empty")) $("#empty").hidden = !none;
    if ($("#bulk")) $("#bulk").hidden = none;
  }

  // ---- Choosing many ----
  let anchor = null;

  function chosen() {
    const form = $("#bulk");
    if (!form) return;
    const n = all(".pick input:checked").length;
    const text = $(".chosen", form);
    form.classList.toggle("active", n > 0);
    text.dataset.hint ??= text.textContent;
    text.textContent = n === 0 ? text.dataset.hint : n === 1 ? text.dataset.single : filled(text.dataset.many, n);
  }

  function choose(card, range) {
    const box = card && $(".pick input", card);
    if (!box) return;
    const order = cards();
    if (range && anchor?.isConnected) {
      const [from, to] = [order.indexOf(anchor), order.indexOf(card)].sort((a, b) => a - b);
      for (const c of order.slice(from, to + 1)) $(".pick input", c).checked = true;
    } else {
      box.checked = !box.checked;
    }
    anchor = card;
    chosen();
  }

  document.addEventListener("click", (e) => {
    const box = e.target.closest?.(".pick input");
    if (box) {
      const card = box.closest(".card");
      if (e.shiftKey && anchor) choose(card, true);
      else { anchor = card; chosen(); }
      return;
    }
    const open = choice();
    if (open && !open.contains(e.target)) open.open = false;
    const opener = e.target.closest?.("[data-open]");
    if (opener) return document.getElementById(opener.dataset.open).showModal();
    if (e.target.closest?.("[data-all]")) {
      for (const c of all(".pick input")) c.checked = true;
      return chosen();
    }
    if (e.target.closest?.("[data-arrived]")) return showArrived();
    const card = e.target.closest?.(".card");
    if (card && card !== current) go(card, { focus: false });
  });

  document.addEventListener("focusin", (e) => {
    const card = e.target.closest?.(".card");
    if (card && card !== current) go(card, { focus: false });
  });

  // ---- Keys ----
  const keys = {
    j: () => next(1), k: () => next(-1),
    a: () => decide("approve"), s: () => decide("spam"), x: () => reject(), h: () => decide("keep"),
    u: () => push($("#bar form button")),
    e: () => { const d = current && $(".evidence", current); if (d) d.open = !d.open; },
    o: () => { const a = current && $("header .when", current); if (a) location.href = a.href; },
    m: () => choose(current, false), M: () => choose(current, true),
    n: () => showArrived(),
    "/": () => { const q = $("#q"); q?.focus(); q?.select(); },
    "?": () => $("#keys")?.showModal(),
  };

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || e.defaultPrevented || $("dialog[open]")) return;
    const typing = e.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (typing) {
      if (e.key === "Escape") e.target.blur();
      return;
    }
    if (e.repeat && !"jk".includes(e.key)) return;
    if (e.key === "Escape") further = null;
    const own = reason(e.key);
    if (own) {
      if (own !== "native") e.preventDefault();
      return;
    }
    const act = keys[e.key];
    if (!act) return;
    e.preventDefault();
    act();
  });

  // ---- What happens elsewhere ----
  const live = document.body.dataset.live;
  const me = document.body.dataset.me;
  let fresh = []; // cards that came in and are not shown
  let waiting = 0;

  const who = (actor) => actor.name || words[actor.kind] || actor.kind;

  function decision(n) {
    const card = cardOf(n.site, n.comment_id);
    const d = n.decision;
    if (card && Number(card.dataset.sequence) < d.sequence) {
      if (d.actor.name === me && places.has(card.id)) return; // done here, perhaps undone since
      gone(card, filled(words.decided, words[d.action], who(d.actor)), d.actor.name === me);
    } else if (!card && list && d.action === list.dataset.action && d.actor.name !== me) {
      clearTimeout(waiting);
      waiting = setTimeout(arrivals, 400);
    }
  }

  // gone marks a comment that somebody else decided. It stays where it is, so that nothing
  // moves under the hand, and the server refuses a verdict on what it was.
  function gone(card, text, own) {
    if (own && card.classList.contains("gone")) return;
    card.classList.add("gone");
    let p = $(":scope > .alert", card);
    if (!p) {
      p = document.createElement("p");
      p.className = "alert";
      card.prepend(p);
    }
    p.textContent = text;
    if (card === current) say(text);
  }

  async function arrivals() {
    const answer = await fetch(list.dataset.list, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    fresh = all(".card", page).filter((c) => !document.getElementById(c.id) && !places.has(c.id));
    if (fresh.length === 0) return;
    if (cards().length === 0) return showArrived();
    const button = $("[data-arrived]");
    button.textContent = fresh.length === 1 ? button.dataset.single : filled(button.dataset.many, fresh.length);
    button.closest("p").hidden = false;
    say(button.textContent);
  }

  function showArrived() {
    if (!fresh.length) return;
    const nodes = fresh.filter((c) => !document.getElementById(c.id)).map((c) => document.importNode(c, true));
    fresh = [];
    $("[data-arrived]").closest("p").hidden = true;
    list.prepend(...nodes);
    for (const n of nodes) htmx.process(n);
    count(nodes.length);
    emptiness();
    go(nodes[0]);
  }

  function looking(n) {
    const p = $(".lookers", cardOf(n.site, n.comment_id) ?? document.createElement("i"));
    if (!p) return;
    const others = (n.lookers ?? []).filter((l) => l !== me);
    p.hidden = others.length === 0;
    p.textContent = `${others.join(", ")} ${words.looking}`;
  }

  let source = null;
  let broken = false; // what was missed is looked for once the stream is there again
  let notice = 0;
  const patience = 4000; // a stream that ends by itself is there again before
  function follow() {
    source = new EventSource(live);
    source.addEventListener("decision", (e) => decision(JSON.parse(e.data)));
    source.addEventListener("removed", (e) => {
      const n = JSON.parse(e.data);
      const card = cardOf(n.site, n.comment_id);
      if (card) gone(card, words.removed);
    });
    source.addEventListener("looking", (e) => looking(JSON.parse(e.data)));
    source.addEventListener("lost", () => { if (list) arrivals(); });
    source.addEventListener("open", () => {
      document.documentElement.dataset.live = "on";
      clearTimeout(notice);
      notice = 0;
      $("#offline").hidden = true;
      if (broken && list) arrivals();
      broken = false;
    });
    source.addEventListener("error", () => {
      document.documentElement.dataset.live = "off";
      broken = true;
      notice ||= setTimeout(() => offline("lost"), patience);
      if (source.readyState === EventSource.CLOSED) refused();
    });
  }

  // refused finds out whether the session is over. It may begin again in another tab.
  async function refused() {
    const answer = await fetch("/v1/moderation/me").catch(() => null);
    if (answer?.status === 401) offline("over");
    setTimeout(follow, 5000);
  }

  // offline says why nothing new is shown: "lost" or "over".
  function offline(why) {
    const p = $("#offline");
    p.textContent = p.dataset[why];
    if (why === "over") {
      clearTimeout(notice);
      const link = document.createElement("a");
      link.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
      link.textContent = p.dataset.signIn;
      p.append(" ", link);
    }
    p.hidden = false;
  }

  // ---- Who looks at what ----
  let looked = null;
  function post(card, body) {
    const path = `/v1/moderation/comments/${encodeURIComponent(card.dataset.site)}/${encodeURIComponent(card.dataset.id)}/look`;
    fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), keepalive: true }).catch(() => {});
  }
  function look(card) {
    if (!live || document.hidden) return;
    clearTimeout(looked);
    looked = setTimeout(() => {
      if (card !== current || document.hidden || !card.isConnected) return;
      post(card, {});
      looked = setTimeout(() => current && look(current), 15000);
    }, 300);
  }
  function away(card) { if (live && card.isConnected) post(card, { away: true }); }

  document.addEventListener("visibilitychange", () => { if (current) document.hidden ? away(current) : look(current); });
  addEventListener("pagehide", () => { if (current) away(current); source?.close(); });

  if (live) follow();
  if (list || $(".card")) go(cards()[0], { focus: false });
  chosen();
})();
