// Country and distance are worked out here: nothing is sent, nothing is stored.
(() => {
  const near = document.getElementById("near");
  if (!near) return;
  const field = (id) => document.getElementById(id);
  const all = (what) => [...document.querySelectorAll(what)];
  const cards = all(".trial"), list = field("open-trials"), town = field("town");
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

  const right = (here) => here !== null && Math.abs(here[0]) <= 90 && Math.abs(here[1]) <= 180;

  // From a place, or from none: then the registry's order comes back.
  function sort(here) {
    const far = new Map(cards.map((card) => [card, right(here) ? nearest(card, here) : Infinity]));
    for (const [card, km] of far) {
      const line = card.querySelector(".distance");
      line.hidden = !Number.isFinite(km);
      line.querySelector("output").textContent = Number.isFinite(km) ? String(Math.round(km)) : "";
    }
    const order = (card) => (Number.isFinite(far.get(card)) ? far.get(card) : Number.MAX_VALUE);
    list.append(...[...cards].sort((a, b) => order(a) - order(b)));
    field("near-sorted").hidden = !right(here);
    tell();
  }

  // Where a country is chosen, trials that name it and trials that name none are told apart.
  function tell() {
    const land = field("land").value, left = cards.filter((card) => !card.hidden);
    const nowhere = left.filter((card) => !card.dataset.lands).length;
    const say = (id, count) => { field(id).querySelector("output").textContent = String(count); };
    say("of-all", left.length);
    say("of-land", left.length - nowhere);
    say("of-none", nowhere);
    field("of-all").hidden = Boolean(land);
    field("of-land").hidden = !land;
    field("near-said").hidden = false;
  }

  function measure() {
    const written = [field("latitude").value, field("longitude").value];
    const here = written.map(degrees), empty = written.every((text) => !text.trim());
    field("near-wrong").hidden = right(here) || empty;
    if (town) town.value = "";
    sort(right(here) ? here : null);
  }

  function fromTown() {
    for (const id of ["latitude", "longitude"]) field(id).value = "";
    field("near-wrong").hidden = field("here-none").hidden = true;
    sort(town.value ? town.value.split(",").map(Number) : null);
  }

  // One decimal is some ten kilometres: enough for a distance, and no address on the screen.
  function fromDevice() {
    field("here-none").hidden = true;
    const found = ({ coords }) => {
      field("latitude").value = coords.latitude.toFixed(1);
      field("longitude").value = coords.longitude.toFixed(1);
      measure();
    };
    const none = () => { field("here-none").hidden = false; };
    navigator.geolocation.getCurrentPosition(found, none, { maximumAge: 600000, timeout: 15000 });
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
    tell();
  }

  field("measure").addEventListener("click", measure);
  field("land").addEventListener("change", choose);
  for (const id of ["latitude", "longitude", "land"]) field(id).value = "";
  if (town) {
    town.value = "";
    town.addEventListener("change", fromTown);
  }
  if ("geolocation" in navigator && isSecureContext) {
    field("here").hidden = false;
    field("here").addEventListener("click", fromDevice);
  }
  near.hidden = false;
})();
