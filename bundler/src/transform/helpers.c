/* Functions that generated code calls, in JavaScript. A module gets those it needs, once, as
 * function declarations: so they are there however early a cycle calls into the module.
 *
 * decorate, metadata, param: TypeScript's experimentalDecorators. esDecorate, runInitializers,
 * propKey, setFunctionName: the decorators of TC39 (2023-05), called in the order in which
 * TypeScript lowers them. using, dispose: explicit resource management; what they share is
 * { stack: [], error: undefined, hasError: false }. */
#include "transform/unit.h"

/* decorate(decorators, target[, key, descriptor]): without a key the target is a class, with a
 * descriptor (null: the property's own) it is a member. The last decorator comes first. */
#define DECORATE                                                                                   \
    "function __rwg_decorate(decorators, target, key, descriptor) {\n"                             \
    "  const given = arguments.length;\n"                                                          \
    "  let result = given < 3 ? target : descriptor;\n"                                            \
    "  if (given > 3 && descriptor === null) {\n"                                                  \
    "    result = Object.getOwnPropertyDescriptor(target, key);\n"                                 \
    "  }\n"                                                                                        \
    "  for (const decorator of [...decorators].reverse()) {\n"                                     \
    "    if (decorator) {\n"                                                                       \
    "      const made = given < 3 ? decorator(result)\n"                                           \
    "        : given > 3 ? decorator(target, key, result) : decorator(target, key);\n"             \
    "      result = made || result;\n"                                                             \
    "    }\n"                                                                                      \
    "  }\n"                                                                                        \
    "  if (given > 3 && result) Object.defineProperty(target, key, result);\n"                     \
    "  return result;\n"                                                                           \
    "}\n"

#define METADATA                                                                                   \
    "function __rwg_metadata(key, value) {\n"                                                      \
    "  if (typeof Reflect.metadata === \"function\") return Reflect.metadata(key, value);\n"       \
    "}\n"

#define PARAM                                                                                      \
    "function __rwg_param(index, decorator) {\n"                                                   \
    "  return (target, key) => decorator(target, key, index);\n"                                   \
    "}\n"

/* esDecorate(class, descriptor, decorators, context, initializers, extraInitializers): descriptor
 * is null for members that have one of their own. */
#define ES_DECORATE                                                                                \
    "function __rwg_esDecorate(target, given, decorators, base, initializers, extra) {\n"          \
    "  const kind = base.kind;\n"                                                                  \
    "  const slot = kind === \"getter\" ? \"get\" : kind === \"setter\" ? \"set\" : \"value\";\n"  \
    "  const owner = given || !target ? null : base.static ? target : target.prototype;\n"         \
    "  const descriptor = given ||\n"                                                              \
    "    (owner && Object.getOwnPropertyDescriptor(owner, base.name)) || {};\n"                    \
    "  const callable = (value) => {\n"                                                            \
    "    if (value !== undefined && typeof value !== \"function\") {\n"                            \
    "      throw new TypeError(\"a decorator gave something that is no function\");\n"             \
    "    }\n"                                                                                      \
    "    return value;\n"                                                                          \
    "  };\n"                                                                                       \
    "  for (const decorator of [...decorators].reverse()) {\n"                                     \
    "    let done = false;\n"                                                                      \
    "    const context = { ...base };\n"                                                           \
    "    if (base.access) context.access = { ...base.access };\n"                                  \
    "    context.addInitializer = (initializer) => {\n"                                            \
    "      if (done) throw new TypeError(\"too late to add an initializer\");\n"                   \
    "      if (typeof initializer !== \"function\") {\n"                                           \
    "        throw new TypeError(\"an initializer must be a function\");\n"                        \
    "      }\n"                                                                                    \
    "      extra.push(initializer);\n"                                                             \
    "    };\n"                                                                                     \
    "    const { get, set } = descriptor;\n"                                                       \
    "    const made = decorator(kind === \"accessor\" ? { get, set } : descriptor[slot], "         \
    "context);\n"                                                                                  \
    "    done = true;\n"                                                                           \
    "    if (kind === \"accessor\") {\n"                                                           \
    "      if (made === undefined) continue;\n"                                                    \
    "      if (made === null || typeof made !== \"object\") {\n"                                   \
    "        throw new TypeError(\"an accessor's decorator must give an object\");\n"              \
    "      }\n"                                                                                    \
    "      descriptor.get = callable(made.get) ?? get;\n"                                          \
    "      descriptor.set = callable(made.set) ?? set;\n"                                          \
    "      if (callable(made.init)) initializers.unshift(made.init);\n"                            \
    "    } else if (callable(made)) {\n"                                                           \
    "      if (kind === \"field\") initializers.unshift(made);\n"                                  \
    "      else descriptor[slot] = made;\n"                                                        \
    "    }\n"                                                                                      \
    "  }\n"                                                                                        \
    "  if (owner) Object.defineProperty(owner, base.name, descriptor);\n"                          \
    "}\n"

/* runInitializers(this, initializers[, value]): a field's value goes through all of them. */
#define RUN_INITIALIZERS                                                                           \
    "function __rwg_runInitializers(self, initializers, value) {\n"                                \
    "  const hasValue = arguments.length > 2;\n"                                                   \
    "  for (const initializer of initializers) {\n"                                                \
    "    if (hasValue) value = initializer.call(self, value);\n"                                   \
    "    else initializer.call(self);\n"                                                           \
    "  }\n"                                                                                        \
    "  return value;\n"                                                                            \
    "}\n"

#define PROP_KEY                                                                                   \
    "function __rwg_propKey(key) {\n"                                                              \
    "  return typeof key === \"symbol\" ? key : `${key}`;\n"                                       \
    "}\n"

#define SET_FUNCTION_NAME                                                                          \
    "function __rwg_setFunctionName(target, name, prefix) {\n"                                     \
    "  if (typeof name === \"symbol\") name = name.description ? `[${name.description}]` : "       \
    "\"\";\n"                                                                                      \
    "  const value = prefix ? `${prefix} ${name}` : name;\n"                                       \
    "  return Object.defineProperty(target, \"name\", { configurable: true, value });\n"           \
    "}\n"

/* using(scope, value, isAsync): notes what to dispose of, and gives the value. */
#define USING                                                                                      \
    "function __rwg_using(scope, value, isAsync) {\n"                                              \
    "  if (value === null || value === undefined) {\n"                                             \
    "    if (isAsync) scope.stack.push({ isAsync });\n"                                            \
    "    return value;\n"                                                                          \
    "  }\n"                                                                                        \
    "  if (typeof value !== \"object\" && typeof value !== \"function\") {\n"                      \
    "    throw new TypeError(\"using needs an object, null or undefined\");\n"                     \
    "  }\n"                                                                                        \
    "  let method = isAsync ? value[Symbol.asyncDispose] : undefined;\n"                           \
    "  if (method === undefined || method === null) {\n"                                           \
    "    const dispose = value[Symbol.dispose];\n"                                                 \
    "    method = isAsync && typeof dispose === \"function\"\n"                                    \
    "      ? async function () { dispose.call(this); } : dispose;\n"                               \
    "  }\n"                                                                                        \
    "  if (typeof method !== \"function\") throw new TypeError(\"the object is not "               \
    "disposable\");\n"                                                                             \
    "  scope.stack.push({ value, method, isAsync });\n"                                            \
    "  return value;\n"                                                                            \
    "}\n"

/* dispose(scope): the last comes first. Gives a promise when something has to be awaited; throws
 * the scope's error, with those of disposing around it. */
#define DISPOSE                                                                                    \
    "function __rwg_dispose(scope) {\n"                                                            \
    "  let owesTurn = false;\n"                                                                    \
    "  const fail = (error) => {\n"                                                                \
    "    const suppressed = scope.error;\n"                                                        \
    "    const message = \"An error was suppressed during disposal.\";\n"                          \
    "    scope.error = !scope.hasError ? error\n"                                                  \
    "      : typeof SuppressedError === \"function\"\n"                                            \
    "        ? new SuppressedError(error, suppressed, message)\n"                                  \
    "        : Object.assign(new Error(message), { name: \"SuppressedError\", error, "             \
    "suppressed });\n"                                                                             \
    "    scope.hasError = true;\n"                                                                 \
    "  };\n"                                                                                       \
    "  const next = () => {\n"                                                                     \
    "    while (scope.stack.length > 0) {\n"                                                       \
    "      const item = scope.stack.pop();\n"                                                      \
    "      if (owesTurn && !item.isAsync) {\n"                                                     \
    "        owesTurn = false;\n"                                                                  \
    "        scope.stack.push(item);\n"                                                            \
    "        return Promise.resolve().then(next);\n"                                               \
    "      }\n"                                                                                    \
    "      if (!item.method) {\n"                                                                  \
    "        owesTurn = true;\n"                                                                   \
    "        continue;\n"                                                                          \
    "      }\n"                                                                                    \
    "      try {\n"                                                                                \
    "        const result = item.method.call(item.value);\n"                                       \
    "        if (item.isAsync) {\n"                                                                \
    "          owesTurn = false;\n"                                                                \
    "          return Promise.resolve(result).then(next, (error) => (fail(error), next()));\n"     \
    "        }\n"                                                                                  \
    "      } catch (error) {\n"                                                                    \
    "        fail(error);\n"                                                                       \
    "      }\n"                                                                                    \
    "    }\n"                                                                                      \
    "    if (owesTurn) {\n"                                                                        \
    "      owesTurn = false;\n"                                                                    \
    "      return Promise.resolve().then(next);\n"                                                 \
    "    }\n"                                                                                      \
    "    if (scope.hasError) throw scope.error;\n"                                                 \
    "  };\n"                                                                                       \
    "  return next();\n"                                                                           \
    "}\n"

/* reference(register, value, id, name): registers a function that is no reference yet. */
#define REFERENCE                                                                                  \
    "function __rwg_reference(register, value, id, name) {\n"                                      \
    "  if (typeof value === \"function\" && value.$$typeof === undefined) {\n"                     \
    "    register(value, id, name);\n"                                                             \
    "  }\n"                                                                                        \
    "  return value;\n"                                                                            \
    "}\n"

/* passOn(register, id, [[name, get]...], stars, own): the same for what other modules declared.
 * Stars are namespaces; own names hide theirs, and a name that two of them have is nobody's. In a
 * cycle a value may not be there yet. */
#define PASS_ON                                                                                    \
    "function __rwg_passOn(register, id, passed, stars, own) {\n"                                  \
    "  const found = new Map();\n"                                                                 \
    "  const hidden = new Set([\"default\", ...own]);\n"                                           \
    "  const read = (name, get) => {\n"                                                            \
    "    try {\n"                                                                                  \
    "      const value = get();\n"                                                                 \
    "      found.set(name, found.has(name) && found.get(name) !== value ? null : value);\n"        \
    "    } catch {}\n"                                                                             \
    "  };\n"                                                                                       \
    "  for (const [name, get] of passed) {\n"                                                      \
    "    read(name, get);\n"                                                                       \
    "    hidden.add(name);\n"                                                                      \
    "  }\n"                                                                                        \
    "  for (const star of stars) {\n"                                                              \
    "    for (const name of Reflect.ownKeys(star)) {\n"                                            \
    "      if (typeof name === \"string\" && !hidden.has(name)) read(name, () => star[name]);\n"   \
    "    }\n"                                                                                      \
    "  }\n"                                                                                        \
    "  for (const [name, value] of found) __rwg_reference(register, value, id, name);\n"           \
    "}\n"

void rwb__helpers_run(rwb__unit *u) {
    static const char *const TEXTS[] = {
#define X(helper, name) helper,
        RWB__HELPER_MAP(X)
#undef X
    };
    for (uint32_t i = 0; i < RWB__HELPER_COUNT; i++) {
        if (u->helpers >> i & 1) {
            rwg__buf_add(&u->head, rwg__str_c(TEXTS[i]));
        }
    }
}
