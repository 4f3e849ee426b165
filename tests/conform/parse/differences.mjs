// The differences between what was expected of a file and what rwgraph said, as a list of
// { what, detail }: `what` is the class they are counted under.

import { mustAccept } from "./oracle.mjs";
import { groupOfKind, importGroups } from "./record.mjs";

const byName = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

function show(i) {
  const names = i.names.length ? ` {${i.names.join(", ")}}` : "";
  return `${i.kind}${i.typeOnly ? " type" : ""} ${JSON.stringify(i.specifier)}${names}`;
}

/** A dynamic import whose argument is no text names nothing: reporting it is allowed. */
const namesNothing = (i) => groupOfKind[i.kind] === "dynamic" && !i.specifier;

/** Patterns may spell "anything" as they like; their fixed parts are compared. */
function specifierKey(i) {
  if (i.negative && !i.specifier.startsWith("!")) return `!${i.specifier}`;
  if (i.kind !== "dynamic-template") return i.specifier;
  return i.specifier.split(/\*+/).join("*");
}

function sameNames(kind, a, b) {
  if (kind !== "static" && kind !== "reexport") return true;
  return [...a].sort().join("\0") === [...b].sort().join("\0");
}

function groupDifferences(group, expected, actual, add) {
  const left = [...actual];
  const matchedInOrder = [];
  const take = (test) => {
    const at = left.findIndex(test);
    return at < 0 ? null : left.splice(at, 1)[0];
  };
  const optional = expected.filter((e) => e.optional);
  for (const e of expected) {
    if (e.optional) continue;
    const alike = (a) => a.kind === e.kind && specifierKey(a) === specifierKey(e);
    const found =
      take((a) => alike(a) && a.typeOnly === e.typeOnly && sameNames(e.kind, e.names, a.names)) ??
      take(alike);
    if (!found) {
      const other = take((a) => specifierKey(a) === specifierKey(e));
      if (other)
        add(`imports/${group}: ${e.kind} said to be ${other.kind}`, `${show(e)} / ${show(other)}`);
      else add(`imports/${group}: missing ${e.kind}`, show(e));
      continue;
    }
    matchedInOrder.push(actual.indexOf(found));
    if (found.typeOnly !== e.typeOnly) add(`imports/${group}: typeOnly of ${e.kind}`, show(e));
    if (!sameNames(e.kind, e.names, found.names)) {
      add(`imports/${group}: names of ${e.kind}`, `${show(e)} / ${show(found)}`);
    }
  }
  for (const a of left) {
    const allowed = optional.findIndex(
      (e) => e.kind === a.kind && (e.specifier === null || specifierKey(e) === specifierKey(a)),
    );
    if (allowed >= 0) optional.splice(allowed, 1);
    else if (!namesNothing(a)) add(`imports/${group}: extra ${a.kind}`, show(a));
  }
  if (matchedInOrder.some((at, i) => i > 0 && at < matchedInOrder[i - 1])) {
    add(`imports/${group}: not in source order`, "");
  }
}

function exportDifferences(expected, record, add) {
  const key = (e) => (e.name === "*" || e.name === "" || e.name === null ? `* ${e.from}` : e.name);
  const actual = new Map();
  for (const e of record.exports) {
    // exports.x = … and export = … are CommonJS, not the business of these parsers.
    if (e.cjs || e.name === "export=") continue;
    const seen = actual.get(key(e));
    if (!seen) actual.set(key(e), { ...e });
    else if (!e.typeOnly) seen.typeOnly = false;
  }
  for (const e of expected) {
    const found = actual.get(key(e));
    if (!found) {
      add("exports: missing", JSON.stringify(e));
      continue;
    }
    actual.delete(key(e));
    const from = found.from ?? null;
    if (from !== e.from && from !== (e.alt ?? e.from))
      add("exports: from", `${JSON.stringify(e)} / ${from}`);
    if (e.typeOnly !== null && found.typeOnly !== e.typeOnly)
      add("exports: typeOnly", JSON.stringify(e));
  }
  for (const e of [...actual.values()].sort(byName)) add("exports: extra", JSON.stringify(e));
}

export const isRejected = (record) => record.diagnostics.some((d) => d.severity === "error");

export function differencesFrom(expected, record) {
  const found = [];
  let where = "";
  const add = (what, detail) => found.push({ what: what + where, detail });
  if (mustAccept(expected) && isRejected(record)) {
    const d = record.diagnostics.find((one) => one.severity === "error");
    add("accepted: rejected by rwgraph", `${d.code} at ${d.start}: ${d.message}`);
    // What else differs there may follow from that.
    where = ", in a rejected file";
  }
  if (expected.imports) {
    const actual = Object.fromEntries(Object.keys(importGroups).map((g) => [g, []]));
    for (const i of record.imports) actual[groupOfKind[i.kind]]?.push(i);
    for (const [group, list] of Object.entries(expected.imports)) {
      if (list) groupDifferences(group, list, actual[group], add);
    }
  }
  if (expected.exports) exportDifferences(expected.exports, record, add);
  if (expected.directives) {
    const wanted = JSON.stringify(expected.directives);
    const said = JSON.stringify(record.directives.map((d) => d.value ?? d));
    if (wanted !== said) add("directives", `${wanted} / ${said}`);
  }
  if (expected.tla !== null && expected.tla !== record.tla)
    add("tla", `${expected.tla} / ${record.tla}`);
  return found;
}

/** Where the fast path's line and the whole tree's line part: the first field that differs. */
export function fastFullDifference(fast, full) {
  if (fast === full) return null;
  const a = JSON.parse(fast);
  const b = JSON.parse(full);
  for (const field of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const left = JSON.stringify(a[field]);
    const right = JSON.stringify(b[field]);
    if (left !== right) {
      let at = 0;
      while (left && right && left[at] === right[at]) at++;
      const from = Math.max(0, at - 40);
      const cut = (text) => text?.slice(from, at + 80);
      return {
        what: `fast path: ${field} not as from the whole tree`,
        detail: `${cut(left)} / ${cut(right)}`,
      };
    }
  }
  return { what: "fast path: the line is spelled otherwise", detail: "" };
}
