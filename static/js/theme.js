// Classic and blocking, since modules run after the first paint and would flash the wrong theme.
"use strict";
(() => {
  const CHOICES = ["auto", "light", "dark"];
  const root = document.documentElement;

  const remembered = () => {
    try {
      const choice = localStorage.getItem("theme");
      return CHOICES.includes(choice) ? choice : "auto";
    } catch {
      return "auto"; // Storage is forbidden here: follow the system.
    }
  };

  const apply = (choice) => {
    root.dataset.theme = choice;
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      button.setAttribute("aria-label", `Colour theme: ${choice}. Change`);
      button.title = `Colour theme: ${choice}`;
    }
  };

  const next = () => {
    const choice = CHOICES[(CHOICES.indexOf(root.dataset.theme) + 1) % CHOICES.length];
    try {
      localStorage.setItem("theme", choice);
    } catch {
      // It still holds for this page.
    }
    apply(choice);
  };

  apply(remembered());
  document.addEventListener("DOMContentLoaded", () => {
    apply(root.dataset.theme);
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.addEventListener("click", next);
    }
  });
})();
