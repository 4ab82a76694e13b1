// The page of one solution: frames go in, the page follows.
import { copy, fetchText } from "./copy.js";
import { Live } from "./live.js";
import { Reasoning } from "./reasoning.js";
import { prepareStepMenu } from "./stepmenu.js";
import { Steps } from "./steps.js";
import { duration, queueWords } from "./words.js";

const article = document.getElementById("solution");
const base = `/solutions/${article.dataset.id}/`;
const announcer = document.getElementById("announcer");
const notices = document.getElementById("notices");
const placeholder = document.getElementById("placeholder");
const CONNECTION = {
  offline: "Not connected. The solution goes on without this page; trying again…",
  "": "",
};

// Several words in one moment are read as one.
const announce = (words) => {
  announcer.textContent = words;
};

const list = document.getElementById("steps");
const steps = new Steps({ list, announce });
prepareStepMenu(document.getElementById("step-menu"), list, `${base}source/`);
const reasoning = new Reasoning(document.getElementById("reasoning"));

const status = () => document.getElementById("status");

const notify = (words, link) => {
  const notice = document.createElement("div");
  notice.className = "notice wait";
  notice.innerHTML = '<span class="mark" aria-hidden="true"></span><p></p>';
  const text = notice.querySelector("p");
  text.textContent = words;
  if (link) text.append(" ", link);
  notices.replaceChildren(notice);
};

// -- State and outcome come rendered from the server, whenever they change ----------------------

const replaceParts = (html) => {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  for (const id of ["status", "outcome", "model"]) {
    const fresh = holder.content.getElementById(id);
    if (fresh) document.getElementById(id)?.replaceWith(fresh);
  }
  prepareOutcome();
  tick();
};

const fetchParts = async () => {
  const response = await fetch(`${base}parts/`);
  if (!response.ok || response.redirected) throw new Error(`${response.status}`);
  replaceParts(await response.text());
};

const RETRY_MS = 400;
let wanted = null;
const refresh = async (state) => {
  wanted = state;
  for (let tries = 0; tries < 6 && wanted === state; tries += 1) {
    try {
      await fetchParts();
      // The event may be a moment ahead of what another connection reads.
      if (!state || status().dataset.state === state) return;
    } catch {
      // Asked again below; a lost connection says so by itself.
    }
    await new Promise((done) => setTimeout(done, RETRY_MS * (tries + 1)));
  }
};

const clock = () => document.querySelector("[data-elapsed]");
const since = () => Number(clock()?.dataset.since ?? 0);
const tick = () => {
  if (since()) clock().textContent = duration(Date.now() / 1000 - since());
};

// Samples of this solution that have ended; the one on the page is the first of them.
const showSamples = ({ done, of }) => {
  const words = document.querySelector("[data-samples]");
  if (words) words.textContent = `, ${done} of ${of} samples are done`;
};

// -- Frames -------------------------------------------------------------------------------------

const take = {
  snapshot(frame) {
    steps.startOver();
    if (frame.state && frame.state !== status().dataset.state) refresh(frame.state);
  },
  reasoning: (frame) => reasoning.show(frame, since()),
  step(frame) {
    placeholder.hidden = true;
    if (frame.html) steps.put(frame.index, frame.html);
  },
  queue(frame) {
    const words = document.querySelector("[data-queue]");
    if (words) words.textContent = queueWords(frame);
  },
  state: (frame) => refresh(frame.state),
  notice(frame) {
    if (frame.code === "samples") showSamples(frame);
    else notify(frame.message);
  },
  async done(frame) {
    placeholder.hidden = true;
    notices.replaceChildren();
    steps.sweep();
    reasoning.close();
    await refresh(frame.state);
    const answer = document.querySelector(".answer-text annotation")?.textContent;
    announce(answer ? `${frame.state}. Answer: ${answer}` : `Solution ${frame.state}`);
  },
};

// The server ended it for good, and has said why in a notice.
const closed = (code) => {
  if (code === "finished") {
    refresh();
  } else if (code === "session_expired") {
    const link = document.createElement("a");
    link.href = `/accounts/login/?next=${encodeURIComponent(location.pathname)}`;
    link.textContent = "Log in";
    notify("You are logged out; the solution goes on without this page.", link);
  } else if (!notices.firstChild) {
    notify("The live connection ended. Reload the page.");
  }
};

const showConnection = (state) => {
  status().dataset.connection = state;
  status().dataset.connectionWords = CONNECTION[state] ?? "";
  if (state) announce(CONNECTION[state]);
};

// -- What the reader does -----------------------------------------------------------------------

const prepareOutcome = () => {
  for (const button of document.querySelectorAll("#outcome button[hidden]")) button.hidden = false;
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("#outcome button");
  if (!button) return;
  if ("print" in button.dataset) window.print();
  else if (button.dataset.copy) copy(button, fetchText(`${base}source/`));
});

document.addEventListener("submit", async (event) => {
  if (event.target.id !== "cancel-form") return;
  event.preventDefault();
  const button = event.target.querySelector("button");
  button.disabled = true;
  try {
    const body = new FormData(event.target);
    const headers = { Accept: "application/json" };
    const response = await fetch(event.target.action, { method: "POST", body, headers });
    if (!response.ok || response.redirected) throw new Error(`${response.status}`);
    await refresh();
  } catch {
    event.target.submit();
  }
});

// The newest step is one click away when it is below the window; the page never scrolls by itself.
const watchEnd = () => {
  const follow = () => document.getElementById("follow");
  const observer = new IntersectionObserver(([{ isIntersecting }]) => {
    const link = follow();
    if (link) link.hidden = isIntersecting;
  });
  observer.observe(document.getElementById("end"));
  document.addEventListener("click", (event) => {
    if (event.target.id !== "follow") return;
    event.preventDefault();
    steps.last()?.scrollIntoView({ block: "end" });
  });
};

const forgetDraft = () => {
  try {
    const sent = sessionStorage.getItem("draft-sent");
    if (sent) sessionStorage.removeItem(sent);
    sessionStorage.removeItem("draft-sent");
  } catch {
    // No storage, no draft.
  }
};

forgetDraft();
prepareOutcome();
if (article.dataset.final !== "yes") {
  watchEnd();
  setInterval(tick, 1000);
  const live = new Live({
    id: article.dataset.id,
    cursor: article.dataset.cursor,
    on: {
      frame: (frame) => take[frame.kind]?.(frame),
      connection: showConnection,
      closed,
    },
  });
  live.start();
}
