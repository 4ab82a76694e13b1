// The queue and its review page by keyboard. Everything here has a button too: without this the
// pages still work. On the queue itself there is no form to fill.
const form = document.querySelector("[data-review]") ?? document.createElement("form");
const points = form.querySelector("#points");
const keys = document.querySelector("#keys");

const isTyping = (target) =>
  target.closest("textarea, select, input:not([type=checkbox])") !== null;

const press = (value) => form.querySelector(`button[name=do][value=${value}]`)?.click();
const follow = (key) => document.querySelector(`a[data-key=${key}]`)?.click();

const focusPoints = (digit) => {
  if (!points) return;
  points.value = digit;
  points.focus();
};

const nextRubricLine = () => {
  const lines = [...form.querySelectorAll("[data-points]")];
  const at = lines.indexOf(document.activeElement);
  lines[(at + 1) % lines.length]?.focus();
};

const note = (target, number) => {
  const notes = form.querySelector("#notes");
  if (!notes) return;
  notes.open = true;
  const rows = [...notes.querySelectorAll(".note")];
  const row = rows.find((one) => !one.querySelector("[name=note_text]").value) ?? addNote(rows);
  if (target) row.querySelector("[name=note_target]").value = target;
  row.querySelector("[name=note_number]").value = number;
  row.querySelector(number ? "[name=note_text]" : "[name=note_number]").focus();
};

const addNote = (rows) => {
  const row = rows.at(-1).cloneNode(true);
  for (const input of row.querySelectorAll("input:not([type=hidden])")) input.value = "";
  rows.at(-1).after(row);
  return row;
};

const toggleEvidence = () => {
  const shown = [...document.querySelectorAll("details.evidence")];
  const open = shown.some((one) => !one.open);
  for (const one of shown) one.open = open;
};

const actions = {
  n: () => follow("n"),
  p: () => follow("p"),
  u: () => follow("u"),
  a: () => press("accepted"),
  s: () => press("save"),
  x: () => press("returned"),
  c: () => form.querySelector("#comment")?.focus(),
  m: () => form.querySelector("#saved")?.focus(),
  l: () => note("", ""),
  r: nextRubricLine,
  e: toggleEvidence,
  "?": () => keys?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (keys?.open) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") event.target.blur();
    if (event.key === "Enter" && event.ctrlKey) press("save");
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^[0-9]$/.test(event.key)) {
    event.preventDefault();
    focusPoints(event.key);
    return;
  }
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

// The rubric's points add up, between nothing and what the problem gives.
form.addEventListener("change", (event) => {
  if (event.target.matches("[data-points]")) addUp();
  if (event.target.matches("#saved")) useSaved(event.target);
});

const addUp = () => {
  const ticked = [...form.querySelectorAll("[data-points]:checked")];
  const sum = ticked.reduce((total, one) => total + Number(one.dataset.points), 0);
  const most = Number(points.dataset.most);
  points.value = ticked.length ? String(Number(Math.min(Math.max(sum, 0), most).toFixed(2))) : "";
};

const useSaved = (saved) => {
  const comment = form.querySelector("#comment");
  if (!saved.value || comment.value.includes(saved.value)) return;
  comment.value = [comment.value.trimEnd(), saved.value].filter(Boolean).join("\n");
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-note]");
  if (button) note(button.dataset.note, button.dataset.number);
});

// Two presses are one review.
form.addEventListener("submit", (event) => {
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "true";
});
