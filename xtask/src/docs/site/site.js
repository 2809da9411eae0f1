// What mdBook's pages lack for readers who use a keyboard or a screen reader.

// The menu's button is a label, and the bar that it is in is no landmark.
const toggle = document.getElementById("mdbook-sidebar-toggle");
toggle.setAttribute("role", "button");
toggle.tabIndex = 0;
toggle.addEventListener("keydown", (event) => {
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    toggle.click();
  }
});
document.getElementById("mdbook-menu-bar").setAttribute("role", "banner");

// A box that scrolls can be reached with the keyboard.
function reach() {
  for (const box of document.querySelectorAll("pre > code, .table-wrapper")) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
    } else {
      box.removeAttribute("tabindex");
    }
  }
}
reach();
window.addEventListener("load", reach);
window.addEventListener("resize", reach);

// The corner of a table is no heading.
for (const corner of document.querySelectorAll("th:empty")) {
  corner.replaceWith(document.createElement("td"));
}
