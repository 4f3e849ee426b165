// node validate.mjs SCHEMA < JSON-LINES: checks each line against a JSON Schema.
//
// It knows the keywords that our schemas use and refuses others, so that nothing in a schema goes
// unchecked; and it is stricter than the standard: a key that the schema does not describe is an
// error, because then the schema is incomplete.
import { readFileSync } from "node:fs";

const schema = JSON.parse(readFileSync(process.argv[2], "utf8"));
const IGNORED = new Set(["$schema", "$defs", "title", "description"]);

const typeOf = (value) =>
  value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;

// Keywords about members and elements say nothing about other values: that is for "type".
const keysOf = (value) => (typeOf(value) === "object" ? Object.keys(value) : []);

const KEYWORDS = {
  $ref: (name, value, at) => check(schema.$defs[name.replace("#/$defs/", "")], value, at),
  type: (types, value, at) => ([types].flat().includes(typeOf(value)) ? [] : [`${at}: is ${typeOf(value)}, not ${types}`]),
  const: (wanted, value, at) => (value === wanted ? [] : [`${at}: is not ${wanted}`]),
  enum: (all, value, at) => (all.includes(value) ? [] : [`${at}: "${value}" is not one of ${all}`]),
  pattern: (regex, value, at) => (new RegExp(regex, "u").test(value) ? [] : [`${at}: "${value}" does not match`]),
  minimum: (least, value, at) => (value >= least ? [] : [`${at}: ${value} is less than ${least}`]),
  required: (keys, value, at) =>
    typeOf(value) === "object"
      ? keys.filter((key) => !(key in value)).map((key) => `${at}: has no "${key}"`)
      : [],
  items: (each, value, at) =>
    typeOf(value) === "array" ? value.flatMap((item, i) => check(each, item, `${at}[${i}]`)) : [],
  properties: (known, value, at) =>
    keysOf(value).flatMap((key) =>
      known[key] ? check(known[key], value[key], `${at}.${key}`) : [`${at}: "${key}" is not in the schema`]),
  additionalProperties: (each, value, at) =>
    keysOf(value).flatMap((key) => check(each, value[key], `${at}.${key}`)),
  oneOf: (choices, value, at) => {
    const results = choices.map((choice) => check(choice, value, at));
    const nearest = results.reduce((a, b) => (b.length < a.length ? b : a));
    const fit = results.filter((errors) => errors.length === 0).length;
    return fit > 1 ? [`${at}: fits ${fit} choices`] : nearest;
  },
};

function check(rule, value, at) {
  return Object.entries(rule).flatMap(([keyword, argument]) => {
    if (IGNORED.has(keyword)) return [];
    if (!KEYWORDS[keyword]) throw new Error(`the schema uses "${keyword}"`);
    return KEYWORDS[keyword](argument, value, at);
  });
}

const lines = readFileSync(0, "utf8").split("\n").filter(Boolean);
const errors = lines.flatMap((line, i) => check(schema, JSON.parse(line), `line ${i + 1}`));
console.log(errors.length ? errors.join("\n") : `${lines.length} lines as the schema says`);
