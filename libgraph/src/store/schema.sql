-- The database of one project. Everything here is a cache: it may be deleted at any time.
--
-- Tables are private and change without notice. Views are for users of sqlite3 and are described in
-- SCHEMA.md; schema_version.views is raised when one of them changes its meaning or loses a column.

-- One row: what the rest was made with (key), which image it is (generation, envs), and what the image
-- tables must add up to (total, rows). `schema` is the checksum of the definitions in this file.
CREATE TABLE meta(id INTEGER PRIMARY KEY, sum INTEGER NOT NULL, key BLOB NOT NULL, schema INTEGER NOT NULL,
  generation INTEGER NOT NULL, total INTEGER NOT NULL, rows INTEGER NOT NULL, loose INTEGER NOT NULL,
  envs TEXT NOT NULL);

-- Specifiers and names that many records have, 64 a row, as a JSON list: number n is item n % 64 of
-- row n / 64 + 1. They stay as they are until everything is written anew; loose says how many rows of
-- files were written since.
CREATE TABLE shared(id INTEGER PRIMARY KEY, sum INTEGER NOT NULL, texts TEXT NOT NULL);

-- The image. links: [[envs, target, outcome, kind, flags, target_env, import - position in this list,
-- text], ...], where import is -1 for the edges of directives;
-- imports: [[specifier, line, kind, flags], ...], problems: [[message, code, severity, start, end], ...];
-- zeros at the end of an inner list are left out; a specifier that is a number is a shared text.
-- envs, nodes, entries: bit n is environment n + 1. Bit 7 of flags: only the file's text is imported. record: what a module's record has besides, in the
-- form of record/packed.h.
CREATE TABLE file(id INTEGER PRIMARY KEY, sum INTEGER NOT NULL, path TEXT NOT NULL, package TEXT NOT NULL,
  hints BLOB NOT NULL, content BLOB NOT NULL, flags INTEGER NOT NULL, nodes INTEGER NOT NULL,
  entries INTEGER NOT NULL, links TEXT NOT NULL, dirs BLOB NOT NULL, imports TEXT NOT NULL, problems TEXT,
  record BLOB);
CREATE TABLE dir(id INTEGER PRIMARY KEY, sum INTEGER NOT NULL, path TEXT NOT NULL, listing BLOB NOT NULL,
  hints BLOB NOT NULL, walked INTEGER NOT NULL);
CREATE TABLE input(id INTEGER PRIMARY KEY, sum INTEGER NOT NULL, path TEXT NOT NULL, content BLOB NOT NULL,
  hints BLOB NOT NULL);
CREATE TABLE diag(id INTEGER PRIMARY KEY, sum INTEGER NOT NULL, file INTEGER NOT NULL, envs INTEGER NOT NULL,
  code INTEGER NOT NULL, severity INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
  line INTEGER NOT NULL, message TEXT NOT NULL, fix TEXT NOT NULL);
CREATE TABLE dep(id INTEGER PRIMARY KEY, sum INTEGER NOT NULL, env INTEGER NOT NULL, specifier TEXT NOT NULL);

-- What the latest commits did. For people only: nothing is ever loaded from here.
CREATE TABLE step(number INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, cause TEXT NOT NULL, files INTEGER NOT NULL);
CREATE TABLE step_env(number INTEGER, env TEXT, nodes INTEGER NOT NULL, edges INTEGER NOT NULL,
  added INTEGER NOT NULL, removed INTEGER NOT NULL, stale INTEGER NOT NULL,
  PRIMARY KEY(number, env)) WITHOUT ROWID;
CREATE TABLE step_stale(number INTEGER, seq INTEGER, path TEXT NOT NULL, env TEXT NOT NULL, cause TEXT NOT NULL,
  via TEXT, PRIMARY KEY(number, seq)) WITHOUT ROWID;

-- The words behind the numbers above, put in by the program.
CREATE TABLE word(kind TEXT, id INTEGER, text TEXT NOT NULL, PRIMARY KEY(kind, id)) WITHOUT ROWID;

CREATE VIEW schema_version AS
SELECT 1 AS views, (SELECT user_version FROM pragma_user_version) AS format;

CREATE VIEW environments AS
SELECT e.key + 1 AS id, e.value AS name, m.generation FROM meta m, json_each(m.envs) e;

-- The kind of module is the first byte of its record.
CREATE VIEW modules AS
SELECT f.path, e.name AS env,
  coalesce((SELECT text FROM word WHERE kind = 'module'
    AND id = instr(x'00010203040506', substr(f.record, 1, 1)) - 1), 'asset') AS kind,
  lower(hex(f.content)) AS content_hash,
  f.entries >> (e.id - 1) & 1 AS entry,
  nullif(f.package, '') AS package
FROM file f JOIN environments e ON f.nodes >> (e.id - 1) & 1;

CREATE VIEW imports AS
SELECT f.path, i.key AS idx,
  (SELECT text FROM word WHERE kind = 'import' AND id = coalesce(json_extract(i.value, '$[2]'), 0)) AS kind,
  CASE json_type(i.value, '$[0]') WHEN 'text' THEN json_extract(i.value, '$[0]')
    ELSE (SELECT json_extract(s.texts, '$[' || (json_extract(i.value, '$[0]') % 64) || ']') FROM shared s
      WHERE s.id = json_extract(i.value, '$[0]') / 64 + 1) END AS specifier,
  coalesce(json_extract(i.value, '$[1]'), 0) AS line,
  coalesce(json_extract(i.value, '$[3]'), 0) & 1 AS type_only
FROM file f, json_each(f.imports) i;

CREATE VIEW edges AS
SELECT f.path AS from_path, e.name AS env,
  nullif(l.key + coalesce(json_extract(l.value, '$[6]'), 0), -1) AS idx,
  (SELECT text FROM word WHERE kind = 'edge' AND id = coalesce(json_extract(l.value, '$[3]'), 0)) AS kind,
  (SELECT text FROM word WHERE kind = 'outcome' AND id = coalesce(json_extract(l.value, '$[2]'), 0)) AS outcome,
  t.path AS to_path,
  CASE WHEN t.id IS NULL THEN NULL
    ELSE coalesce((SELECT name FROM environments WHERE id = json_extract(l.value, '$[5]')), e.name) END AS to_env,
  coalesce(json_extract(l.value, '$[4]'), 0) & 1 AS type_only,
  json_extract(l.value, '$[7]') AS text,
  coalesce(json_extract(l.value, '$[4]'), 0) >> 4 & 1 AS for_text
FROM file f, json_each(f.links) l
  JOIN environments e ON json_extract(l.value, '$[0]') >> (e.id - 1) & 1
  LEFT JOIN file t ON t.id = json_extract(l.value, '$[1]');

-- The entries of packages that the project's own modules import at run time.
CREATE VIEW dependencies AS
SELECT g.env, t.package, i.specifier, g.to_path, count(DISTINCT g.from_path) AS importers,
  EXISTS(SELECT 1 FROM dep d JOIN environments e ON e.id = d.env
    WHERE d.specifier = i.specifier AND e.name = g.env) AS committed
FROM edges g
  JOIN file f ON f.path = g.from_path AND f.package = ''
  JOIN file t ON t.path = g.to_path AND t.package <> ''
  JOIN imports i ON i.path = g.from_path AND i.idx = g.idx
WHERE g.kind = 'import' AND NOT g.type_only AND NOT g.for_text
GROUP BY g.env, t.package, i.specifier, g.to_path;

CREATE VIEW diagnostics AS
SELECT f.path, e.name AS env,
  (SELECT text FROM word WHERE kind = 'code' AND id = d.code) AS code,
  (SELECT text FROM word WHERE kind = 'severity' AND id = d.severity) AS severity,
  nullif(d.line, 0) AS line, d.start, d.end, d.message, nullif(d.fix, '') AS fix
FROM diag d JOIN file f ON f.id = d.file
  LEFT JOIN environments e ON d.envs >> (e.id - 1) & 1
UNION ALL
SELECT f.path, NULL,
  (SELECT text FROM word WHERE kind = 'code' AND id = json_extract(p.value, '$[1]')),
  (SELECT text FROM word WHERE kind = 'severity' AND id = json_extract(p.value, '$[2]')),
  NULL, coalesce(json_extract(p.value, '$[3]'), 0), coalesce(json_extract(p.value, '$[4]'), 0),
  json_extract(p.value, '$[0]'), NULL
FROM file f, json_each(f.problems) p
WHERE NOT f.flags >> 7 & 1;

CREATE VIEW generations AS
SELECT s.number, strftime('%Y-%m-%dT%H:%M:%SZ', s.at_ns / 1000000000, 'unixepoch') AS at, s.cause, s.files,
  e.env, e.nodes, e.edges, e.added, e.removed, e.stale
FROM step s LEFT JOIN step_env e ON e.number = s.number;

CREATE VIEW invalidations AS
SELECT number AS generation, path, env, cause, via FROM step_stale ORDER BY number, seq;
