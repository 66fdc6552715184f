/* Holdfast's rules in the browser: the counterpart of rule_eval.py, which says why.
   HoldfastRules.evaluate(rule, facts) takes a rule as to_json made it and an object of facts
   (numbers, booleans, texts, ISO dates as texts, lists; null or nothing for missing) and gives
   {truth: "holds" | "fails" | "unknown", missing: [names], reasons: [sentences]}.
   A found value is {v, gaps, from, why}; v is null where unknown, a day or duration is
   {kind, first, last} in days. It makes no code from text, so a strict CSP may serve it. */
"use strict";
globalThis.HoldfastRules = (() => {
  const DIVIDED = "A division by zero.", LARGE = "A number too large.", WRONG = "A value of the wrong kind.";
  const NONE = new Set(), CALENDAR = new Set(["<", "<=", ">", ">=", "+", "-"]);
  const union = (parts, key) => new Set(parts.flatMap((part) => [...part[key]]));
  const found = (v, gaps = NONE, from = NONE, why = NONE) => ({ v, gaps, from, why });
  const open = (parts) => found(null, union(parts, "gaps"), union(parts, "from"), union(parts, "why"));
  const wrong = (parts) => found(null, union(parts, "from"), union(parts, "from"), union(parts, "why").add(WRONG));
  const undefinedFor = (parts, reason) => found(null, NONE, union(parts, "from"), new Set([reason]));
  const vague = (v) => v.kind !== undefined && v.first !== v.last;
  const made = (v, parts) => found(v, vague(v) ? union(parts, "gaps") : NONE, union(parts, "from"));
  const between = (kind, first, last) => ({ kind, first, last });
  const isKind = (v, kind) => v !== null && v.kind === kind;

  function fact(name, value) {
    const own = new Set([name]);
    if (Array.isArray(value)) return found(value.map((one) => fact(name, one)), NONE, own);
    const known = typeof value === "number" ? Number.isFinite(value) : ["string", "boolean"].includes(typeof value);
    return known ? found(value, NONE, own) : found(null, own, own);
  }

  function look(node, facts, bound) {
    if ("number" in node) return found(node.number);
    if ("text" in node) return found(node.text);
    if ("flag" in node) return found(node.flag);
    if ("date" in node) return dated(found(node.date));
    if ("name" in node) {
      if (bound.has(node.name)) return bound.get(node.name);
      return fact(node.name, Object.hasOwn(facts, node.name) ? facts[node.name] : null);
    }
    if ("list" in node) {
      const each = node.list.map((item) => look(item, facts, bound));
      return found(each, NONE, union(each, "from"));
    }
    if ("as" in node) return quantified(node, facts, bound);
    const parts = node.of.map((part) => look(part, facts, bound));
    if (node.op === "&&" || node.op === "||") return joined(parts.map(truth), node.op === "||");
    return operation(node.op, parts);
  }

  const truth = (part) => (part.v === null || typeof part.v === "boolean" ? part : wrong([part]));

  function joined(parts, decides) {
    if (parts.some((part) => part.v === decides)) return made(decides, parts);
    const still = parts.filter((part) => part.v === null);
    return still.length ? open(still) : made(!decides, parts);
  }

  function quantified(node, facts, bound) {
    const among = look(node.of[0], facts, bound), decides = node.op === "exists";
    const where = (one) => truth(look(node.of[1], facts, new Map([...bound, [node.as, one]])));
    if (among.v === null) {
      const anyOne = where(among);
      return anyOne.v === !decides ? anyOne : open([among, anyOne]);
    }
    return Array.isArray(among.v) ? joined(among.v.map(where), decides) : wrong([among]);
  }

  function operation(op, parts) {
    if (op === "in") return within(...parts);
    if (parts.some((part) => part.v === null)) return open(CALENDAR.has(op) ? parts.map(dated) : parts);
    if (op === "!") return typeof parts[0].v === "boolean" ? made(!parts[0].v, parts) : wrong(parts);
    if (op === "neg" || op === "days") return signed(op, parts[0]);
    return ["+", "-", "*", "/"].includes(op) ? arithmetic(op, ...parts) : compared(op, ...parts);
  }

  function within(item, among) {
    if (among.v === null) return open(item.v === null ? [item, among] : [among]);
    if (!Array.isArray(among.v)) return wrong([among]);
    return joined(among.v.map((one) => operation("==", [item, one])), true);
  }

  function signed(op, part) {
    if (op === "neg" && isKind(part.v, "span")) return made(between("span", -part.v.last, -part.v.first), [part]);
    if (typeof part.v !== "number") return wrong([part]);
    return made(op === "neg" ? -part.v : between("span", part.v, part.v), [part]);
  }

  function arithmetic(op, left, right) {
    const [a, b] = [left.v, right.v];
    if (typeof a !== "number" || typeof b !== "number") return calendar(op, dated(left), dated(right));
    if (op === "/" && b === 0) return undefinedFor([left, right], DIVIDED);
    return finite(op === "+" ? a + b : op === "-" ? a - b : op === "*" ? a * b : a / b, [left, right]);
  }

  function calendar(op, left, right) {
    const [a, b, parts] = [left.v, right.v, [left, right]];
    const days = [isKind(a, "days"), isKind(b, "days")], spans = [isKind(a, "span"), isKind(b, "span")];
    if (!["+", "-"].includes(op) || !(days[0] || spans[0]) || !(days[1] || spans[1])) return wrong(parts);
    if (days[1] && (op === "+" ? days[0] : spans[0])) return wrong(parts);
    if (op === "+") return finite(between(days[1] ? "days" : a.kind, a.first + b.first, a.last + b.last), parts);
    return finite(between(days[1] ? "span" : a.kind, a.first - b.last, a.last - b.first), parts);
  }

  function finite(v, parts) {
    const ends = typeof v === "number" ? [v] : [v.first, v.last];
    return ends.every(Number.isFinite) ? made(v, parts) : undefinedFor(parts, LARGE);
  }

  function dated(part) {
    const match = typeof part.v === "string" ? /^([1-9][0-9]{3})(?:-([0-9]{2})(?:-([0-9]{2}))?)?$/.exec(part.v) : null;
    if (match === null) return part;
    const [year, month, day] = match.slice(1).map((one) => (one === undefined ? null : Number(one)));
    const number = (m, d) => Date.UTC(year, m - 1, d) / 86400000;
    const length = (m) => number(m + 1, 1) - number(m, 1);
    if (month !== null && (month < 1 || month > 12)) return part;
    if (day !== null && (day < 1 || day > length(month))) return part;
    const first = number(month ?? 1, day ?? 1), end = month ?? 12;
    const last = day === null ? number(end, length(end)) : first;
    return found(between("days", first, last), day === null ? part.from : NONE, part.from);
  }

  function compared(op, left, right) {
    const equality = op === "==" || op === "!=", kind = typeof left.v;
    if (equality && kind === typeof right.v && (kind === "boolean" || kind === "string"))
      return made((left.v === right.v) === (op === "=="), [left, right]);
    if (kind === "number" && typeof right.v === "number")
      return made(ordered(op, [left.v, left.v], [right.v, right.v]), [left, right]);
    const parts = [dated(left), dated(right)], [a, b] = [parts[0].v, parts[1].v];
    if (a.kind === undefined || a.kind !== b.kind) return wrong(parts);
    const answer = ordered(op, [a.first, a.last], [b.first, b.last]);
    return answer === null ? open(parts) : made(answer, parts);
  }

  function ordered(op, a, b) {
    const settled = (yes, no) => (yes ? true : no ? false : null);
    if (op === "<") return settled(a[1] < b[0], a[0] >= b[1]);
    if (op === "<=") return settled(a[1] <= b[0], a[0] > b[1]);
    if (op === ">") return ordered("<", b, a);
    if (op === ">=") return ordered("<=", b, a);
    const equal = settled(a[0] === a[1] && b[0] === b[1] && a[0] === b[0], a[1] < b[0] || b[1] < a[0]);
    return op === "==" || equal === null ? equal : !equal;
  }

  function evaluate(rule, facts) {
    const result = truth(look(rule.tree, facts, new Map()));
    if (result.v !== null) return { truth: result.v ? "holds" : "fails", missing: [], reasons: [] };
    return { truth: "unknown", missing: [...result.gaps].sort(), reasons: [...result.why].sort() };
  }

  return { evaluate };
})();
