// The chat page, without reloads, and with a faster way out. Everything here also works without.
//
// Rule 1: nothing is stored and nothing is asked of anybody but this server, by POST to "/".
// Rule 2: one entry in the history: a new answer replaces what is on the page, never adds to it.
// Rule 3: a page that is put aside (another address, "Back" kept in memory) is emptied first.
"use strict";

(() => {
  const IDLE = 15 * 60 * 1000; // ms: as long as the token of a page is good
  const PATIENCE = 15 * 1000; // ms to wait for an answer
  const SHIFTS = 3;
  const SHIFTS_WITHIN = 5 * 1000; // ms
  const root = document.documentElement;
  const find = (name) => document.querySelector(name);

  let busy = false;
  let gone = false;
  let shifts = [];
  let idle = 0;
  let until = 0;

  // A voice that reads the page hears the new question, also where the focus stands above it.
  const voice = document.createElement("div");
  voice.setAttribute("aria-live", "polite");
  voice.className = "aloud";

  function blank() {
    gone = true;
    document.title = "\u200b";
    document.body.replaceChildren();
    root.hidden = true;
  }

  function leave() {
    if (gone) return;
    const form = find("form[data-leave]");
    if (!form) return;
    const away = form.dataset.leave;
    const body = new URLSearchParams(new FormData(form));
    body.set("leave", "9");
    blank();
    // The server then forgets this page; nobody waits for it.
    fetch("/", { method: "POST", body, keepalive: true }).catch(() => {});
    location.replace(away);
  }

  function again() {
    if (gone) return;
    blank();
    location.replace("/");
  }

  // The fields that keep a form off the disk are for forms that load a page; these do not.
  function settle() {
    for (const each of document.querySelectorAll("[data-off]")) each.remove();
    stay();
  }

  // Whoever does nothing for as long as a token lives has put the phone down: begin anew.
  function stay() {
    until = Date.now() + IDLE;
    clearTimeout(idle);
    idle = setTimeout(again, IDLE);
  }

  function show(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const main = page.querySelector("main");
    if (!main) throw new Error("no page of ours");
    for (const name of ["header", "main", "footer"]) {
      find(name).replaceWith(page.querySelector(name));
    }
    root.lang = page.documentElement.lang;
    root.dir = page.documentElement.dir;
    settle();
    const first = main.querySelector("h2, p");
    const question = main.querySelector(".question");
    scrollTo(0, 0);
    if (first) {
      first.tabIndex = -1;
      first.focus({ preventScroll: true });
    }
    voice.lang = question ? question.lang : root.lang;
    voice.textContent = question && question !== first ? question.textContent : "";
  }

  // `said`: what the server told in plain words where it could make no page: the help line.
  function trouble(said) {
    const told = find("#trouble");
    if (!told) return;
    told.textContent = said || told.dataset.said;
    told.hidden = false;
    told.scrollIntoView({ block: "nearest" });
  }

  async function send(form, pressed) {
    const main = find("main");
    busy = true;
    main.setAttribute("aria-busy", "true");
    find("#trouble")?.setAttribute("hidden", "");
    let said = "";
    try {
      const answer = await fetch("/", {
        method: "POST",
        body: new URLSearchParams(new FormData(form, pressed)),
        signal: AbortSignal.timeout(PATIENCE),
      });
      said = await answer.text();
      if (!gone) show(said);
    } catch {
      if (!gone) trouble(said);
    } finally {
      busy = false;
      main.removeAttribute("aria-busy");
    }
  }

  document.addEventListener("submit", (event) => {
    event.preventDefault();
    if ("leave" in event.target.dataset) leave();
    else if (!busy) send(event.target, event.submitter);
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.go, a.again");
    if (!link) return;
    event.preventDefault();
    blank();
    location.replace(link.href);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Shift") shifts = [];
    else if (!event.repeat) {
      shifts = [...shifts, event.timeStamp].filter((when) => event.timeStamp - when < SHIFTS_WITHIN);
      if (shifts.length >= SHIFTS) leave();
    }
  });

  for (const sign of ["keydown", "pointerdown", "scroll"]) {
    addEventListener(sign, () => gone || stay(), { passive: true });
  }
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() > until) again(); // clocks stand still in a locked phone
  });

  addEventListener("pagehide", blank);
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.replace("/");
  });

  root.classList.add("js");
  document.body.append(voice);
  history.replaceState(null, "", "/"); // the mark of a shared link need not stay in sight
  settle();
})();
