// The dosing day one hour at a time: buttons, arrow keys on them, or a touch on a chart. Without this, all hours are listed.
(() => {
  const steps = document.getElementById("steps");
  const hours = [...document.querySelectorAll("#hours > li")];
  const cursors = [...document.querySelectorAll(".hours .cursor")];
  if (!steps || !hours.length) return;
  const last = hours.length - 1;
  let at = 0;

  const place = (hour) => {
    for (const line of cursors) {
      const x = Number(line.dataset.x) + hour * Number(line.dataset.perHour);
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    }
  };
  const show = (hour) => {
    at = Math.max(0, Math.min(last, hour));
    hours.forEach((each, index) => (each.hidden = index !== at));
    document.getElementById("earlier").disabled = at === 0;
    document.getElementById("later").disabled = at === last;
    place(at);
  };
  document.getElementById("earlier").addEventListener("click", () => show(at - 1));
  document.getElementById("later").addEventListener("click", () => show(at + 1));
  document.getElementById("all").addEventListener("click", () => hours.forEach((each) => (each.hidden = false)));
  steps.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") show(at - 1);
    else if (event.key === "ArrowRight") show(at + 1);
  });
  for (const picture of document.querySelectorAll("svg.hours")) {
    const touch = (event) => {
      if (event.type === "pointermove" && !event.buttons) return;
      const line = picture.querySelector(".cursor");
      const box = picture.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * picture.viewBox.baseVal.width;
      show(Math.round((x - Number(line.dataset.x)) / Number(line.dataset.perHour)));
    };
    picture.addEventListener("pointerdown", touch);
    picture.addEventListener("pointermove", touch);
  }
  steps.hidden = false;
  show(0);
})();
