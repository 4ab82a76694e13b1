// One menu for all steps, shown beside the step whose button was pressed.
import { copy, fetchText } from "./copy.js";

const GAP = 4;

export const prepareStepMenu = (menu, list, sourceUrl) => {
  let button = null;
  const number = () => Number(button.closest("[data-step]").dataset.step) + 1;

  // In the page's own measure, so that it scrolls with its step.
  const place = () => {
    const box = button.getBoundingClientRect();
    menu.style.top = `${box.bottom + GAP + window.scrollY}px`;
    menu.style.left = `${Math.max(GAP, box.right - menu.offsetWidth + window.scrollX)}px`;
  };

  list.addEventListener("click", (event) => {
    const pressed = event.target.closest(".step-more");
    if (!pressed) return;
    const again = pressed === button && menu.matches(":popover-open");
    if (again) {
      menu.hidePopover();
      return;
    }
    button = pressed;
    for (const input of menu.querySelectorAll("input[name=step]")) input.value = number();
    menu.showPopover({ source: button });
    place();
    menu.querySelector("button").focus();
  });

  menu.addEventListener("click", (event) => {
    const kind = event.target.closest("[data-copy]")?.dataset.copy;
    if (!kind) return;
    const link = new URL(location.href);
    link.hash = `step-${number()}`;
    const text =
      kind === "link" ? link.href : fetchText(`${sourceUrl}?step=${number()}&as=${kind}`);
    copy(button, text);
    menu.hidePopover();
    button.focus();
  });

  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const items = [...menu.querySelectorAll("button")];
    const next = items.indexOf(document.activeElement) + step;
    items.at(next % items.length).focus();
  });
};
