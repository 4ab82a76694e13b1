// The submit page: preview by the server, a counter, and a draft that a reload does not lose.
import { count } from "./words.js";

const PREVIEW_AFTER_MS = 300;
const form = document.getElementById("problem-form");
const text = form.elements.text;
const counter = document.getElementById("text-count");
const preview = document.getElementById("preview");
const previewText = document.getElementById("preview-text");
const note = document.getElementById("draft-note");
const likelyKind = document.getElementById("likely-kind");
const draftKey = `draft:${form.dataset.draft}`;

const store = (change) => {
  try {
    return change(sessionStorage);
  } catch {
    return null; // Storage is forbidden here; the page works without.
  }
};

// As Python counts: characters, not UTF-16 units.
const showCount = () => {
  const limit = Number(counter.dataset.limit);
  const used = Array.from(text.value).length;
  const over = used - limit;
  counter.textContent =
    over > 0
      ? `${count(over)} characters too many`
      : `${count(used)} of ${count(limit)} characters`;
  counter.toggleAttribute("data-over", over > 0);
};

let asking = null;
const showPreview = async () => {
  asking?.abort();
  if (!text.value.trim()) {
    preview.hidden = true;
    likelyKind.textContent = "";
    return;
  }
  asking = new AbortController();
  const body = new FormData();
  body.set("text", text.value);
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  try {
    const options = { method: "POST", body, signal: asking.signal, redirect: "error" };
    const response = await fetch(form.dataset.previewUrl, options);
    if (!response.ok) throw new Error(`${response.status}`);
    previewText.innerHTML = await response.text();
    likelyKind.textContent = `(${response.headers.get("X-Kind").toLowerCase()})`;
    preview.hidden = false;
    note.textContent = "";
  } catch (error) {
    if (error.name !== "AbortError") note.textContent = "No preview just now. Your text is safe.";
  }
};

let timer = 0;
const changed = () => {
  showCount();
  store((storage) => storage.setItem(draftKey, text.value));
  clearTimeout(timer);
  timer = setTimeout(showPreview, PREVIEW_AFTER_MS);
};

text.addEventListener("input", changed);
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
// The draft goes when the solution's page has opened: until then the text may be refused.
form.addEventListener("submit", () => {
  store((storage) => storage.setItem("draft-sent", draftKey));
});

const draft = store((storage) => {
  storage.removeItem("draft-sent");
  return storage.getItem(draftKey);
});
if (!text.value && draft) {
  text.value = draft;
  showPreview();
}
showCount();
