// The page of an answer: drafts are saved while one types, and mathematics is previewed.
const SAVE_AFTER_MS = 1200;
const PREVIEW_AFTER_MS = 300;
const form = document.getElementById("answer-form");
const note = document.getElementById("draft-note");
const preview = document.getElementById("preview");
const previewText = document.getElementById("preview-text");

const fields = (names) => {
  const body = new FormData();
  for (const name of ["csrfmiddlewaretoken", ...names]) {
    if (form.elements[name]) body.set(name, form.elements[name].value);
  }
  return body;
};

let isHandingIn = false;
let unsaved = false;
const save = async (keepalive = false) => {
  if (isHandingIn) return;
  unsaved = false;
  const body = fields(["text", "language", "attempt"]);
  const headers = { Accept: "application/json" };
  try {
    const options = { method: "POST", body, headers, keepalive, redirect: "error" };
    const response = await fetch(form.dataset.draftUrl, options);
    const said = await response.json();
    if (said.why) note.textContent = said.why;
    else if (said.saved) note.textContent = `Draft saved ${new Date(said.at).toLocaleTimeString()}.`;
    else note.textContent = "This try was handed in already. Reload the page for a new one.";
  } catch {
    unsaved = true;
    note.textContent = "Not saved just now. It is tried again with your next change.";
  }
};

let asking = null;
const showPreview = async () => {
  asking?.abort();
  const text = form.elements.text.value;
  preview.hidden = !text.trim();
  if (preview.hidden) return;
  asking = new AbortController();
  try {
    const options = { method: "POST", body: fields(["text"]), signal: asking.signal };
    const response = await fetch(form.dataset.previewUrl, { ...options, redirect: "error" });
    if (response.ok) previewText.innerHTML = await response.text();
  } catch (error) {
    if (error.name !== "AbortError") preview.hidden = true;
  }
};

const timers = { save: 0, preview: 0 };
const changed = () => {
  unsaved = true;
  clearTimeout(timers.save);
  timers.save = setTimeout(save, SAVE_AFTER_MS);
  if (!form.dataset.previewUrl) return;
  clearTimeout(timers.preview);
  timers.preview = setTimeout(showPreview, PREVIEW_AFTER_MS);
};

if (form) {
  form.addEventListener("input", changed);
  form.addEventListener("submit", () => {
    isHandingIn = true;
    clearTimeout(timers.save);
  });
  // A tab that is closed or left has its last words saved.
  addEventListener("pagehide", () => unsaved && save(true));
  // Back from the next page: this one is alive again.
  addEventListener("pageshow", () => { isHandingIn = false; });
}
