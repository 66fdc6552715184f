// The monitor of a practice, read anew every few seconds while the page is looked at.
const panel = document.getElementById("practice");
async function again() {
  if (document.hidden) return;
  try {
    const answer = await fetch(panel.dataset.monitor, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("practice-now");
    const old = document.getElementById("practice-now");
    if (fresh && fresh.innerHTML !== old.innerHTML) old.replaceWith(fresh);
  } catch { /* the next time will do */ }
}
if (panel) setInterval(again, 10000);
