// Quick exit: the button, or Esc twice within a second. The page and its entry in the history are replaced.
(() => {
  const leave = document.getElementById("leave");
  if (!leave) return;
  const away = () => {
    document.documentElement.hidden = true; // at once, whatever the network does
    document.title = "";
    location.replace(leave.href);
  };
  leave.addEventListener("click", (event) => {
    event.preventDefault();
    away();
  });
  let last = -Infinity;
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (event.timeStamp - last < 1000) away();
    last = event.timeStamp;
  });
})();

// Paper cannot be opened: what is folded is printed open, and folded again.
(() => {
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const each of folded) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of folded) each.open = false;
  });
})();
