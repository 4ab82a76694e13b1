// Copying, with a word on the button that it worked.
const SAID_MS = 1600;

const write = async (text) => {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Plain http on a school's network: the old way still works.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("copying is not allowed here");
};

// Says a word where the button's own text was, without changing the button's width much.
const say = (button, word) => {
  const usual = button.dataset.usual ?? button.textContent;
  button.dataset.usual = usual;
  button.dataset.said = "";
  button.textContent = word;
  setTimeout(() => {
    button.textContent = usual;
    delete button.dataset.said;
  }, SAID_MS);
};

// `text` may be a promise; whoever waits keeps the permission that the click gave.
export const copy = async (button, text) => {
  try {
    await write(await text);
    say(button, "Copied");
  } catch {
    say(button, "Could not copy");
  }
};

export const fetchText = async (url) => {
  const response = await fetch(url, { headers: { Accept: "text/plain" } });
  if (!response.ok) throw new Error(`${response.status}`);
  return response.text();
};

// A button on every block of code under `root` that has none yet.
export const addCopyButtons = (root) => {
  for (const figure of root.querySelectorAll("figure.code:not(:has(> .copy-code))")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy-code";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy this code");
    figure.append(button);
  }
};

// For all of them at once: blocks come and go.
document.addEventListener("click", (event) => {
  const button = event.target.closest(".copy-code");
  if (button) copy(button, button.closest("figure").querySelector("pre").innerText);
});
