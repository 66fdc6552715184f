// Country and distance are worked out here: nothing is sent, nothing is stored.
(() => {
  const near = document.getElementById("near");
  if (!near) return;
  const field = (id) => document.getElementById(id);
  const all = (what) => [...document.querySelectorAll(what)];
  const cards = all(".trial"), list = field("open-trials");
  const EARTH_KM = 6371.0088; // mean radius, IUGG, as in evidence/registry/find.py
  const rad = (degrees) => (degrees * Math.PI) / 180;

  // A decimal comma and the sign for minus are what people write.
  const degrees = (text) => {
    const plain = text.trim().replace("−", "-").replace(",", ".").replace("°", "");
    return /^[+-]?\d+(\.\d*)?$/.test(plain) ? Number(plain) : NaN;
  };

  function distance(a, b) {
    const half = Math.sin(rad(b[0] - a[0]) / 2) ** 2
      + Math.cos(rad(a[0])) * Math.cos(rad(b[0])) * Math.sin(rad(b[1] - a[1]) / 2) ** 2;
    return 2 * EARTH_KM * Math.asin(Math.sqrt(Math.min(half, 1)));
  }

  function nearest(card, here) {
    const places = [...card.querySelectorAll(".place")].filter((place) => place.dataset.latitude);
    return Math.min(...places.map((p) => distance(here, [Number(p.dataset.latitude), Number(p.dataset.longitude)])));
  }

  function measure() {
    const written = [field("latitude").value, field("longitude").value];
    const here = written.map(degrees), empty = written.every((text) => !text.trim());
    const right = Math.abs(here[0]) <= 90 && Math.abs(here[1]) <= 180;
    field("near-wrong").hidden = right || empty;
    const far = new Map(cards.map((card) => [card, right ? nearest(card, here) : Infinity]));
    for (const [card, km] of far) {
      const line = card.querySelector(".distance");
      line.hidden = !Number.isFinite(km);
      line.querySelector("output").textContent = Number.isFinite(km) ? String(Math.round(km)) : "";
    }
    const order = (card) => (Number.isFinite(far.get(card)) ? far.get(card) : Number.MAX_VALUE);
    list.append(...[...cards].sort((a, b) => order(a) - order(b)));
  }

  // A trial that names no country stays: it may be in any.
  function choose() {
    const land = field("land").value, ways = all(".land");
    for (const card of cards) {
      const lands = card.dataset.lands.split(" ").filter(Boolean);
      card.hidden = Boolean(land) && lands.length > 0 && !lands.includes(land);
    }
    for (const way of ways) {
      way.hidden = Boolean(land) && way.dataset.land !== land;
      way.open = Boolean(land) && way.dataset.land === land;
    }
    field("near-none").hidden = !land || ways.some((way) => way.dataset.land === land);
  }

  field("measure").addEventListener("click", measure);
  field("land").addEventListener("change", choose);
  for (const id of ["latitude", "longitude"]) field(id).value = "";
  field("land").value = "";
  near.hidden = false;
})();
