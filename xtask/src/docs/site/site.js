// What mdBook's pages lack for readers who use a keyboard or a screen reader.

// The menu's button is a label, which has no state, and the bar that it is in is no landmark.
const label = document.getElementById("mdbook-sidebar-toggle");
const anchor = document.getElementById("mdbook-sidebar-toggle-anchor");
const toggle = document.createElement("button");
for (const { name, value } of label.attributes) {
  if (name !== "for") {
    toggle.setAttribute(name, value);
  }
}
toggle.append(...label.childNodes);
label.replaceWith(toggle);
const showState = () => toggle.setAttribute("aria-expanded", anchor.checked);
toggle.addEventListener("click", () => anchor.click());
anchor.addEventListener("change", showState);
showState();
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
