// The editor's conveniences: a preview that follows as you type, buttons that insert, a word before work is lost.
// Everything works without it: “Preview” opens a tab.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("page_form");
  const pane = document.getElementById("live-preview");
  const button = document.getElementById("preview-button");
  const body = document.getElementById("id_body");
  if (!form || !pane || !button || !body) return;

  const frame = pane.querySelector("iframe");
  const status = pane.querySelector("[role=status]");
  const follows = status.textContent;
  const wide = window.matchMedia("(min-width: 75rem)");
  const WAIT = 350; // milliseconds without a key
  let started = false;
  let timer = 0;
  let asking = new AbortController();
  let dirty = false;
  let leaving = false;

  // The first time the form is sent into the frame, which makes a page there with an address of its own.
  function start() {
    started = true;
    pane.hidden = false;
    button.formTarget = frame.name;
    form.requestSubmit(button);
    button.formTarget = "_blank";
  }

  // From then on only what is on that page is replaced, so that it stays where it was scrolled to.
  async function follow() {
    if (!wide.matches) return;
    if (!started) return start();
    asking.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(button.formAction, { method: "POST", body: new FormData(form), signal: asking.signal });
      const made = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("preview");
      const shown = frame.contentDocument?.getElementById("preview");
      if (!made || !shown) throw new Error("no preview");
      shown.replaceWith(made);
      status.textContent = follows;
    } catch (problem) {
      if (problem.name !== "AbortError") status.textContent = status.dataset.off;
    }
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(follow, WAIT);
  }

  // Links lead to a tab of their own; the frame keeps the preview.
  frame.addEventListener("load", () => {
    frame.contentDocument?.addEventListener("click", (event) => {
      const link = event.target.closest("a[href]");
      if (!link || link.getAttribute("href").startsWith("#")) return;
      event.preventDefault();
      window.open(link.href, "_blank", "noopener");
    });
  });

  for (const insert of document.querySelectorAll("button.insert")) {
    insert.hidden = false;
    insert.addEventListener("click", () => {
      const text = insert.dataset.text;
      const alone = text.startsWith("::");
      const before = body.value.slice(0, body.selectionStart);
      const lead = !alone || before === "" || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
      const after = body.value.slice(body.selectionEnd);
      const tail = !alone || after.startsWith("\n\n") ? "" : after.startsWith("\n") ? "\n" : "\n\n";
      body.focus();
      body.setRangeText(lead + text + tail, body.selectionStart, body.selectionEnd, "end");
      body.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  form.addEventListener("input", () => { dirty = true; soon(); });
  form.addEventListener("change", () => { dirty = true; soon(); });
  form.addEventListener("submit", (event) => { if (event.submitter !== button) leaving = true; });
  window.addEventListener("beforeunload", (event) => { if (dirty && !leaving) event.preventDefault(); });
  wide.addEventListener("change", follow);
  follow();
});
