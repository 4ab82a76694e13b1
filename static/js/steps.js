// The step cards: inserted once, the open one changed in place, far ones kept small.
import { addCopyButtons, copy, fetchText } from "./copy.js";
import { morph } from "./morph.js";

// Above this many elements on the page, steps far from the window give their bodies back.
const CROWDED = 3_500;
const FAR = "250%";
const SWEEP_MS = 2_000;

export class Steps {
  constructor({ list, tools, sourceUrl, announce }) {
    this.list = list;
    this.tools = tools;
    this.sourceUrl = sourceUrl;
    this.announce = announce;
    this.pending = new Map();
    this.shelved = new WeakMap();
    this.near = new IntersectionObserver((seen) => this.see(seen), { rootMargin: FAR });
    for (const step of this.all()) this.settle(step);
    list.addEventListener("click", (event) => this.clicked(event));
    window.addEventListener("beforeprint", () => this.all().forEach((step) => this.unshelve(step)));
  }

  all() {
    return [...this.list.querySelectorAll(":scope > [data-step]")];
  }

  find(index) {
    return this.list.querySelector(`:scope > [data-step="${index}"]`);
  }

  // Many changes of one step between two paintings become one.
  put(index, html) {
    if (!this.pending.size) requestAnimationFrame(() => this.flush());
    this.pending.set(index, html);
    this.stale?.delete(String(index));
    if (this.stale?.size) this.sweepLater();
  }

  flush() {
    const changes = [...this.pending].sort(([one], [other]) => one - other);
    this.pending.clear();
    for (const [index, html] of changes) this.show(index, html);
  }

  show(index, html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const fresh = holder.content.querySelector("[data-step]");
    if (!fresh) return;
    const old = this.find(index);
    if (old) this.change(old, fresh);
    else this.insert(index, fresh);
    const step = this.find(index);
    this.mention(step);
    this.settle(step);
  }

  // Once, when the body begins: by then the title is whole.
  mention(step) {
    if (step.dataset.mentioned || !step.querySelector(".step-body").textContent.trim()) return;
    step.dataset.mentioned = "yes";
    const name = step.querySelector(".step-name")?.textContent.trim();
    const number = Number(step.dataset.step) + 1;
    this.announce(name ? `Step ${number}: ${name}` : `Step ${number}`);
  }

  change(old, fresh) {
    this.unshelve(old);
    old.className = fresh.className;
    for (const part of [".step-title", ".step-body"]) {
      morph(old.querySelector(part), fresh.querySelector(part));
    }
  }

  insert(index, fresh) {
    const after = this.all().find((step) => Number(step.dataset.step) > index);
    this.list.insertBefore(fresh, after ?? null);
  }

  // A snapshot begins the text anew: what does not come again belonged to the old one.
  startOver() {
    this.stale = new Set(this.all().map((step) => step.dataset.step));
    this.sweepLater();
  }

  sweepLater() {
    clearTimeout(this.sweeping);
    this.sweeping = setTimeout(() => this.sweep(), SWEEP_MS);
  }

  sweep() {
    this.flush();
    for (const index of this.stale ?? []) this.find(index)?.remove();
    this.stale = null;
  }

  settle(step) {
    if (step.classList.contains("is-open")) return;
    addCopyButtons(step);
    if (step.querySelector(":scope > .step-tools")) return;
    const tools = this.tools.content.cloneNode(true);
    const number = Number(step.dataset.step) + 1;
    for (const input of tools.querySelectorAll("input[name=step]")) input.value = number;
    step.append(tools);
    this.near.observe(step);
  }

  // -- The page stays light: what is far away keeps its place and loses its elements ------------

  see(seen) {
    const crowded = document.getElementsByTagName("*").length > CROWDED;
    for (const { target, isIntersecting } of seen) {
      if (isIntersecting) this.unshelve(target);
      else if (crowded && !target.contains(document.activeElement)) this.shelve(target);
    }
  }

  shelve(step) {
    const body = step.querySelector(".step-body");
    if (this.shelved.has(step) || !body.childNodes.length) return;
    step.style.minHeight = `${step.getBoundingClientRect().height}px`;
    this.shelved.set(step, body.innerHTML);
    body.replaceChildren();
  }

  unshelve(step) {
    if (!this.shelved.has(step)) return;
    step.querySelector(".step-body").innerHTML = this.shelved.get(step);
    this.shelved.delete(step);
    step.style.minHeight = "";
    for (const button of step.querySelectorAll(".copy-code")) button.remove();
    for (const figure of step.querySelectorAll("[data-copy-ready]")) {
      delete figure.dataset.copyReady;
    }
    addCopyButtons(step);
  }

  clicked(event) {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const step = button.closest("[data-step]");
    const number = Number(step.dataset.step) + 1;
    const kind = button.dataset.copy;
    if (kind === "link") {
      const link = new URL(location.href);
      link.hash = `step-${number}`;
      copy(button, link.href);
    } else {
      copy(button, fetchText(`${this.sourceUrl}?step=${number}&as=${kind}`));
    }
  }
}
