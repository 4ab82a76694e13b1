// The reasoning: a live summary of one line, and its text in pieces when somebody wants to read.
import { count, duration } from "./words.js";

// Roughly: tokens are counted for the whole run only.
const CHARS_A_TOKEN = 3.5;

export class Reasoning {
  constructor(element) {
    this.element = element;
    this.word = element.querySelector("[data-reasoning-word]");
    this.facts = element.querySelector("[data-reasoning-facts]");
    this.heading = element.querySelector("[data-reasoning-heading]");
    this.body = element.querySelector("[data-reasoning-body]");
    this.url = element.dataset.url;
    element.addEventListener("toggle", () => (element.open ? this.load() : this.unload()));
    this.body.addEventListener("click", (event) => this.more(event));
  }

  // `since`: when the run began, in seconds of the epoch, while it is running.
  show({ is_open: isOpen, chars, heading }, since) {
    this.element.hidden = false;
    this.word.textContent = isOpen ? "Reasoning" : "Reasoned";
    const tokens = `about ${count(Math.round(chars / CHARS_A_TOKEN))} tokens`;
    const seconds = isOpen && since ? `${duration(Date.now() / 1000 - since)}, ` : "";
    this.facts.textContent = seconds + tokens;
    this.heading.textContent = isOpen ? plain(heading) : "";
  }

  // The run is over, perhaps in the middle of a thought.
  close() {
    this.word.textContent = "Reasoned";
    this.heading.textContent = "";
  }

  async load() {
    this.body.textContent = "Loading…";
    await this.fetchPiece(`${this.url}?from=0`);
  }

  // Closed again, it costs nothing.
  unload() {
    this.body.replaceChildren();
  }

  more(event) {
    const link = event.target.closest("[data-next]");
    if (!link) return;
    event.preventDefault();
    this.fetchPiece(link.href, link.parentElement);
  }

  async fetchPiece(url, place) {
    try {
      const response = await fetch(`${url}&fragment`);
      if (!response.ok || response.redirected) throw new Error(`${response.status}`);
      const html = await response.text();
      if (!this.element.open) return;
      if (place) place.outerHTML = html;
      else this.body.innerHTML = html;
    } catch {
      this.body.append("It could not be loaded just now. Close it and open it again.");
    }
  }
}

// As solver/web/reading.py does it for the first paint.
const plain = (heading) => (heading ?? "").replace(/[$*_`#]+/g, "").trim();
