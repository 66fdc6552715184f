// Questions answered here and nowhere else: nothing is sent, nothing is stored, a reload forgets.
// Every decision is a rule of the study files or of fit.yaml, taken by HoldfastRules (rules.js).
(() => {
  const fit = document.getElementById("fit");
  if (!fit || !globalThis.HoldfastRules) return;
  const all = (from, what) => [...from.querySelectorAll(what)];
  const steps = all(fit, "[data-step]"), end = document.getElementById("fit-end");
  const criteria = document.getElementById("criteria");
  const truthOf = (element, name, facts) => HoldfastRules.evaluate(JSON.parse(element.dataset[name]), facts).truth;
  let at = 0;

  // --- what was answered ---------------------------------------------------------------
  function merged(ticked) {
    const own = {};
    for (const input of ticked)
      for (const [name, value] of Object.entries(JSON.parse(input.dataset.facts)))
        if (!Object.hasOwn(own, name) || own[name] === null) own[name] = value;
    return own;
  }

  // "None of these" gives the facts of whatever was not ticked, unless something is unsure.
  function factsOf(question) {
    const ticked = all(question, "input:checked"), none = question.querySelector("[data-none]");
    if (!ticked.length || both(question)) return {};
    const rest = none && !ticked.some((one) => "unsure" in one.dataset) ? JSON.parse(none.dataset.facts) : {};
    return { ...rest, ...merged(ticked) };
  }

  const both = (question) => {
    const ticked = all(question, "input:checked");
    return ticked.length > 1 && ticked.some((one) => "none" in one.dataset);
  };

  function itemsOf(screen) {
    const facts = {};
    for (const step of all(fit, `[data-screen="${screen}"]`)) {
      const chosen = step.querySelector("input:checked");
      if (chosen && asked(step, facts)) facts[step.dataset.item] = JSON.parse(chosen.value);
    }
    return facts;
  }

  const asked = (step, facts) => !("if" in step.dataset) || truthOf(step, "if", facts) === "holds";

  // A sum counts only when every question that is asked has an answer.
  function summed(screen, facts) {
    const steps = all(fit, `[data-screen="${screen}"]`);
    const counted = steps.filter((step) => "counted" in step.dataset && asked(step, facts));
    if (!counted.length || counted.some((step) => !(step.dataset.item in facts))) return null;
    return counted.reduce((sum, step) => sum + Number(facts[step.dataset.item]), 0);
  }

  function everything() {
    const facts = {};
    for (const question of all(fit, "[data-question]")) Object.assign(facts, factsOf(question));
    for (const part of all(end, "[data-sum]")) {
      const answers = itemsOf(part.dataset.sum);
      if ("exposure" in answers) facts.exposure = answers.exposure;
      facts[part.dataset.total] = summed(part.dataset.sum, answers);
      facts[part.dataset.cutName] = Number(part.dataset.cut);
    }
    return facts;
  }

  // --- what it means -------------------------------------------------------------------
  function showEnd() {
    const facts = everything();
    end.querySelector("[data-both-none]").hidden = !all(fit, "[data-question]").some(both);
    for (const line of all(end, "[data-about]")) line.hidden = truthOf(line, "rule", facts) !== "holds";
    for (const part of all(end, "[data-sum]")) showSum(part, facts);
    all(criteria, "details").forEach((group, place) => showGroup(group, facts, place));
    criteria.querySelector("[data-before]").hidden = true;
    criteria.querySelector("[data-after]").hidden = false;
  }

  function showSum(part, facts) {
    const some = all(fit, `[data-screen="${part.dataset.sum}"] input:checked`).length > 0;
    const total = facts[part.dataset.total];
    const said = all(part, "[data-about]").some((line) => !line.hidden);
    part.hidden = !some;
    part.querySelector("[data-whole]").hidden = total === null;
    part.querySelector("output").textContent = total === null ? "" : String(total);
    part.querySelector("[data-partial]").hidden = total !== null || said;
  }

  function showGroup(group, facts, place) {
    for (const line of all(group, "[data-criterion]"))
      group.querySelector(`[data-state="${truthOf(line, "rule", facts)}"] ul`).append(line);
    for (const part of all(group, "[data-state]")) showState(part);
    group.open = place === 0;
  }

  // Several points lead to one question: each question once.
  function showState(part) {
    const lines = all(part, "[data-criterion]"), asks = part.querySelector(".asks");
    part.hidden = !lines.length;
    asks?.replaceChildren(...[...new Set(lines.map((line) => line.dataset.ask))].map((words) => {
      const line = document.createElement("li");
      line.textContent = words;
      return line;
    }));
  }

  function forget() {
    for (const input of all(fit, "input")) input.checked = false;
    for (const group of all(criteria, "details")) {
      group.querySelector("[data-all]").append(...all(group, "[data-criterion]"));
      for (const part of all(group, "[data-state]")) part.hidden = true;
    }
    criteria.querySelector("[data-before]").hidden = false;
    criteria.querySelector("[data-after]").hidden = true;
  }

  // --- going on and back ---------------------------------------------------------------
  function show(place) {
    at = Math.max(0, Math.min(place, steps.length - 1));
    steps.forEach((step, index) => { step.hidden = index !== at; });
    if (steps[at] === end) showEnd();
    steps[at].querySelector("h2").focus();
  }

  function move(by) {
    let place = at + by;
    const skipped = (step) => "screen" in step.dataset && !asked(step, itemsOf(step.dataset.screen));
    while (steps[place] && skipped(steps[place])) place += by;
    show(place);
  }

  function past(screen) {
    const last = steps.findLastIndex((step) => step.dataset.screen === screen);
    show(last + 1);
  }

  fit.addEventListener("click", (event) => {
    const button = event.target.closest("[data-go]");
    if (!button) return;
    const go = button.dataset.go;
    if (go === "next") move(1);
    else if (go === "back") move(-1);
    else if (go === "end") show(steps.length - 1);
    else if (go === "skip") past(button.dataset.past);
    else if (go === "print") print();
    else { if (go === "forget") forget(); show(0); }
  });

  forget(); // a browser that restores forms forgets too
  fit.hidden = false;
})();
