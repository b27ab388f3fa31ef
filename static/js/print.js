// A sheet made to be printed opens the browser's own window for it, once everything is drawn.
window.addEventListener("load", () => window.print());
