// Every page: the account menu closes on Escape and on a click elsewhere.
const menus = document.querySelectorAll("details.menu");

const closeAll = (except) => {
  for (const menu of menus) {
    if (menu !== except) menu.open = false;
  }
};

document.addEventListener("click", (event) => closeAll(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open]");
  closeAll(null);
  menu?.querySelector("summary").focus();
});
