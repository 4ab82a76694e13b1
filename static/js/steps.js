// The steps of a solution, kept in folios of four. A step is put in once and the open one is
// changed in place; a folio far from the window gives its elements back once the page is crowded,
// and keeps its height, so that forty thousand tokens weigh no more than what is near.
import { addCopyButtons } from "./copy.js";
import { morph } from "./morph.js";

const FOLIO_STEPS = 4; // as templates/solutions/page.html lays them out
const CROWDED = 1_500; // elements on the page; with their texts about twice as many nodes
const NEAR = "100%";
const SHELVED_AT_ONCE = 3;
const SWEEP_MS = 2_000;

export class Steps {
  constructor({ list, announce }) {
    this.list = list;
    this.announce = announce;
    this.pending = new Map();
    this.shown = new Map(); // index: the HTML that came for it
    this.shelf = new Map(); // folio: its HTML
    this.far = new Set(); // folios that may go to the shelf
    this.near = new IntersectionObserver((seen) => this.see(seen), { rootMargin: NEAR });
    for (const folio of list.children) this.near.observe(folio);
    window.addEventListener("hashchange", () => this.reveal(location.hash));
    window.addEventListener("beforeprint", () => {
      for (const folio of [...this.shelf.keys()]) this.unshelve(folio);
    });
  }

  // -- Steps that arrive ------------------------------------------------------------------------

  // Many changes of one step between two paintings become one.
  put(index, html) {
    this.fresh?.add(index);
    if (this.shown.get(index) === html) return;
    this.shown.set(index, html);
    if (!this.pending.size) requestAnimationFrame(() => this.flush());
    this.pending.set(index, html);
  }

  flush() {
    const changes = [...this.pending].sort(([one], [other]) => one - other);
    this.pending.clear();
    for (const [index, html] of changes) this.show(index, html);
  }

  show(index, html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const step = holder.content.querySelector("[data-step]");
    if (!step) return;
    const folio = this.folioOf(index);
    this.unshelve(folio);
    const old = find(folio, index);
    if (old) change(old, step);
    else insert(folio, index, step);
    const there = old ?? step;
    this.mention(there);
    dress(there);
  }

  folioOf(index) {
    const number = Math.floor(index / FOLIO_STEPS);
    while (this.list.children.length <= number) {
      const folio = document.createElement("div");
      folio.className = "folio";
      this.list.append(folio);
      this.near.observe(folio);
      this.shelveFar();
    }
    return this.list.children[number];
  }

  // Once, when the body begins: by then the title is whole.
  mention(step) {
    if (step.dataset.mentioned || !step.querySelector(".step-body").textContent.trim()) return;
    step.dataset.mentioned = "yes";
    const name = step.querySelector(".step-name")?.textContent.trim();
    const number = Number(step.dataset.step) + 1;
    this.announce(name ? `Step ${number}: ${name}` : `Step ${number}`);
  }

  // A snapshot begins the text anew: what does not come again belonged to the old one.
  startOver() {
    this.fresh = new Set();
    clearTimeout(this.sweeping);
    this.sweeping = setTimeout(() => this.sweep(), SWEEP_MS);
  }

  sweep() {
    this.flush();
    if (!this.fresh?.size) return;
    const last = Math.max(...this.fresh);
    for (const folio of [...this.list.children].slice(Math.floor(last / FOLIO_STEPS))) {
      this.unshelve(folio);
      for (const step of [...folio.children]) {
        if (Number(step.dataset.step) > last) {
          this.shown.delete(Number(step.dataset.step));
          step.remove();
        }
      }
    }
    this.fresh = null;
  }

  // A link to a step that is on the shelf.
  reveal(hash) {
    const number = /^#step-(\d{1,6})$/.exec(hash)?.[1];
    const folio = number && this.list.children[Math.floor((number - 1) / FOLIO_STEPS)];
    if (!folio || !this.shelf.has(folio)) return;
    this.unshelve(folio);
    find(folio, number - 1)?.scrollIntoView();
  }

  last() {
    return this.list.lastElementChild?.lastElementChild ?? null;
  }

  // -- Folios come and go -----------------------------------------------------------------------

  see(seen) {
    for (const { target, isIntersecting } of seen) {
      if (isIntersecting) {
        this.far.delete(target);
        this.unshelve(target);
        for (const step of target.children) dress(step);
      } else {
        this.far.add(target);
      }
    }
    this.shelveFar();
  }

  // A few at a time, so that typing and scrolling never wait for it.
  shelveFar() {
    if (this.shelving || document.getElementsByTagName("*").length < CROWDED) return;
    const idle = (folio) =>
      folio !== this.list.lastElementChild &&
      !this.shelf.has(folio) &&
      !folio.contains(document.activeElement);
    const some = [...this.far].filter(idle).slice(0, SHELVED_AT_ONCE);
    const heights = some.map((folio) => folio.getBoundingClientRect().height);
    some.forEach((folio, index) => this.shelve(folio, heights[index]));
    if (!some.length) return;
    this.shelving = setTimeout(() => {
      this.shelving = 0;
      this.shelveFar();
    });
  }

  shelve(folio, height) {
    if (folio.querySelector(".is-open")) return;
    this.shelf.set(folio, folio.innerHTML);
    folio.style.height = `${height}px`;
    folio.replaceChildren();
  }

  unshelve(folio) {
    const html = this.shelf.get(folio);
    if (html === undefined) return;
    this.shelf.delete(folio);
    folio.innerHTML = html;
    folio.style.height = "";
  }
}

const find = (folio, index) =>
  [...folio.children].find((step) => Number(step.dataset.step) === index);

const insert = (folio, index, step) => {
  const after = [...folio.children].find((other) => Number(other.dataset.step) > index);
  folio.insertBefore(step, after ?? null);
};

const change = (old, fresh) => {
  old.className = fresh.className;
  for (const part of [".step-title", ".step-body"]) {
    morph(old.querySelector(part), fresh.querySelector(part));
  }
};

// What only a finished step has: copy buttons on its code, and the button of its menu.
const dress = (step) => {
  if (step.classList.contains("is-open")) return;
  addCopyButtons(step);
  if (step.querySelector(":scope > .step-more")) return;
  const more = document.createElement("button");
  more.type = "button";
  more.className = "step-more";
  more.textContent = "More";
  const number = Number(step.dataset.step) + 1;
  more.setAttribute("aria-label", `Step ${number}: copy, explain, report`);
  more.setAttribute("aria-haspopup", "true");
  step.append(more);
};
