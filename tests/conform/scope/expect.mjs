// What TypeScript says about the names of one file: which identifiers are variables, which of them
// declare, and what the others refer to. Resolution is asked of its checker; what kind of place a
// name stands in is read off its tree here.
//
// A file is looked at alone: nothing is resolved, and there is no standard library, so whatever the
// file does not declare has no symbol.

import ts from "typescript";

/** The flags of rwb__reference. */
export const READ = 1;
export const WRITE = 2;
export const TYPE = 4;
export const EXPORT = 8;
export const JSX = 16;
export const SHORTHAND = 32;
export const CALLEE = 64;

const K = ts.SyntaxKind;
const AMBIENT = 1 << 25; // ts.NodeFlags.Ambient, which is internal

/** The places of names that declare a variable or a type. */
const DECLARING = new Set([
    K.VariableDeclaration, K.BindingElement, K.Parameter, K.FunctionDeclaration,
    K.FunctionExpression, K.ClassDeclaration, K.ClassExpression, K.InterfaceDeclaration,
    K.TypeAliasDeclaration, K.EnumDeclaration, K.EnumMember, K.ModuleDeclaration, K.TypeParameter,
    K.ImportClause, K.NamespaceImport, K.ImportSpecifier, K.ImportEqualsDeclaration,
]);

/** The places of names that are no variable, when the name is their `name`. */
const NAMING = new Set([
    K.PropertyAccessExpression, K.PropertyAssignment, K.MethodDeclaration, K.MethodSignature,
    K.PropertyDeclaration, K.PropertySignature, K.GetAccessor, K.SetAccessor, K.JsxAttribute,
    K.JsxNamespacedName, K.MetaProperty, K.NamedTupleMember, K.NamespaceExport,
    K.NamespaceExportDeclaration, K.ImportAttribute,
]);

const isGlobalAugmentation = (node) =>
    ts.isModuleDeclaration(node) && (node.flags & ts.NodeFlags.GlobalAugmentation) !== 0;

function isIntrinsicTag(node, parent) {
    const isTag = (ts.isJsxOpeningLikeElement(parent) || ts.isJsxClosingElement(parent)) &&
        parent.tagName === node;
    return isTag && (/^[a-z]/.test(node.text) || node.text.includes("-"));
}

/** Inside of a function with `arguments` of its own? Nobody here calls a variable so. */
function hasArguments(node) {
    const owner = ts.findAncestor(node, (at) => ts.isFunctionLike(at) && !ts.isArrowFunction(at));
    return owner !== undefined;
}

/** "declaration", "reference" or "none". */
function placeOf(node) {
    const parent = node.parent;
    if (parent.name === node && DECLARING.has(parent.kind)) {
        const isThis = node.text === "this" && ts.isParameter(parent);
        const isIndex = ts.isParameter(parent) && ts.isIndexSignatureDeclaration(parent.parent);
        return isThis || isGlobalAugmentation(parent) || isIndex ? "none" : "declaration";
    }
    if (node.text === "this") return "none"; // typeof this
    if (parent.name === node && NAMING.has(parent.kind)) return "none";
    if (parent.propertyName === node && !ts.isExportSpecifier(parent)) return "none";
    if (ts.isExportSpecifier(parent)) {
        const local = parent.propertyName ?? parent.name;
        return node === local && !parent.parent.parent.moduleSpecifier ? "reference" : "none";
    }
    if (ts.isQualifiedName(parent)) {
        let top = parent;
        while (ts.isQualifiedName(top.parent)) top = top.parent;
        const ofImport = ts.isImportTypeNode(top.parent) && top.parent.qualifier === top;
        return parent.left === node && !ofImport ? "reference" : "none";
    }
    if (ts.isImportTypeNode(parent) || ts.isJsxNamespacedName(parent)) return "none";
    if (parent.label === node) return "none"; // labels, break, continue
    if (isIntrinsicTag(node, parent)) return "none";
    if (node.text === "arguments" && hasArguments(node)) return "none";
    const isConst = node.text === "const" && ts.isTypeReferenceNode(parent);
    return isConst ? "none" : "reference";
}

/** Does the name stand where no code comes from? */
function isInType(node) {
    if (node.flags & AMBIENT) return true;
    for (let at = node; at.parent; at = at.parent) {
        const parent = at.parent;
        if (ts.isExpressionWithTypeArguments(parent) && parent.expression === at) {
            const clause = parent.parent;
            if (!ts.isHeritageClause(clause)) return false; // f<T> as a value
            return clause.token === K.ImplementsKeyword || ts.isInterfaceDeclaration(clause.parent);
        }
        if (ts.isTypeNode(parent) || ts.isInterfaceDeclaration(parent) ||
            ts.isTypeAliasDeclaration(parent) || ts.isTypeParameterDeclaration(parent)) return true;
        const isSignature = ts.isFunctionLike(parent) && !parent.body;
        if (isSignature && parent.decorators !== at && !ts.isDecorator(at)) return true;
        if (ts.isStatement(parent) || ts.isDecorator(parent)) return false;
    }
    return false;
}

function flagsOf(node) {
    const parent = node.parent;
    if (ts.isExportSpecifier(parent)) {
        const only = parent.isTypeOnly || parent.parent.parent.isTypeOnly || node.flags & AMBIENT;
        return (only ? TYPE : READ) | EXPORT;
    }
    const shorthand = ts.isShorthandPropertyAssignment(parent) && parent.name === node;
    const exported = ts.isExportAssignment(parent) ? EXPORT : 0;
    const extra = (shorthand ? SHORTHAND : 0) | exported;
    if (isInType(node)) return TYPE | extra;
    return accessOf(node) | extra | (isTag(node) ? JSX : 0) | (isCallee(node) ? CALLEE : 0);
}

function isTag(node) {
    let at = node;
    while (ts.isPropertyAccessExpression(at.parent) && at.parent.expression === at) at = at.parent;
    const parent = at.parent;
    return (ts.isJsxOpeningLikeElement(parent) || ts.isJsxClosingElement(parent)) &&
        parent.tagName === at;
}

const isWrapper = (node) =>
    ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isNonNullExpression(node) ||
    ts.isSatisfiesExpression(node) || ts.isTypeAssertionExpression(node) ||
    ts.isExpressionWithTypeArguments(node);

function isCallee(node) {
    let at = node;
    while (isWrapper(at.parent)) at = at.parent;
    return (ts.isCallExpression(at.parent) && at.parent.expression === at) ||
        (ts.isTaggedTemplateExpression(at.parent) && at.parent.tag === at);
}

/** READ, WRITE or both, by climbing through wrappers and destructuring patterns. */
function accessOf(node) {
    for (let at = node; ; at = at.parent) {
        const parent = at.parent;
        if (ts.isBinaryExpression(parent) && parent.left === at) {
            const operator = parent.operatorToken.kind;
            if (operator === K.EqualsToken) {
                const isDefault = at === node || isWrapper(at) || isPattern(at);
                return isDefault ? WRITE : READ;
            }
            const assigns = operator >= K.FirstAssignment && operator <= K.LastAssignment;
            return assigns ? READ | WRITE : READ;
        }
        if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
            const { operator } = parent;
            const steps = operator === K.PlusPlusToken || operator === K.MinusMinusToken;
            return steps ? READ | WRITE : READ;
        }
        if (ts.isForInOrOfStatement(parent)) return parent.initializer === at ? WRITE : READ;
        if (isWrapper(parent)) continue;
        if (ts.isShorthandPropertyAssignment(parent) && parent.name !== at) return READ;
        if (isPattern(parent)) continue;
        return READ;
    }
}

const isPattern = (node) =>
    ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node) ||
    ts.isShorthandPropertyAssignment(node) || ts.isPropertyAssignment(node) ||
    ts.isSpreadElement(node) || ts.isSpreadAssignment(node);

function symbolOf(checker, node) {
    const parent = node.parent;
    if (ts.isShorthandPropertyAssignment(parent) && parent.name === node) {
        return checker.getShorthandAssignmentValueSymbol(parent);
    }
    if (ts.isExportSpecifier(parent)) return checker.getExportSpecifierLocalTargetSymbol(parent);
    return checker.getSymbolAtLocation(node);
}

function declaredAt(symbol, declarations, source) {
    const starts = [];
    for (const declaration of symbol?.declarations ?? []) {
        const name = declaration.name;
        if (!name || declaration.getSourceFile() !== source) continue;
        const start = name.getStart(source);
        if (declarations.has(start)) starts.push(start);
    }
    return starts.sort((a, b) => a - b);
}

function programOf(path, text) {
    const options = {
        allowJs: true, checkJs: false, noLib: true, noResolve: true, types: [],
        target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, jsx: ts.JsxEmit.Preserve,
        moduleResolution: ts.ModuleResolutionKind.Bundler,
    };
    // In JavaScript `require`, `module` and `exports` declare things to TypeScript, which then are
    // no variables of their blocks. Other names of the same length do not.
    const special = /\b(requir|modul|export)(e|s)\b(?!:)/g;
    const shown = /\.[cm]?jsx?$/.test(path)
        ? text.replace(special, (_, stem, last) => stem + last.toUpperCase())
        : text;
    const source = ts.createSourceFile(path, shown, options.target, true);
    const host = {
        fileExists: (name) => name === path,
        readFile: (name) => (name === path ? text : undefined),
        getSourceFile: (name) => (name === path ? source : undefined),
        getDefaultLibFileName: () => "lib.d.ts",
        getCurrentDirectory: () => "/",
        getCanonicalFileName: (name) => name,
        useCaseSensitiveFileNames: () => true,
        getNewLine: () => "\n",
        writeFile: () => {},
    };
    const program = ts.createProgram({ rootNames: [path], options, host });
    return { program, source };
}

/** The statements in which a template has type arguments: tag<T>`...`. */
function taggedRanges(source) {
    const ranges = [];
    const stack = [source];
    while (stack.length) {
        const node = stack.pop();
        if (ts.isTaggedTemplateExpression(node) && node.typeArguments) {
            const statement = ts.findAncestor(node, ts.isStatement) ?? source;
            ranges.push([statement.pos, statement.end]);
        }
        ts.forEachChild(node, (child) => void stack.push(child));
    }
    return ranges;
}

function visitNames(source, visit) {
    const stack = [source];
    while (stack.length) {
        const node = stack.pop();
        const isName = ts.isIdentifier(node) ||
            (ts.isStringLiteral(node) && ts.isEnumMember(node.parent) && node.parent.name === node);
        if (isName && node.end > node.pos) visit(node);
        ts.forEachChild(node, (child) => void stack.push(child));
    }
}

/**
 * The names of a file.
 *
 * @param {string} path absolute; its extension says the language
 * @param {string} text
 * @returns {{ok: boolean, declarations: Map<number, number[]>,
 *     references: Map<number, {declared: number[], flags: number, text: string}>,
 *     parameters: Set<number>, globals: Set<number>, tagged: number[][]}} parameters: the
 *     declarations that are type parameters; globals: those inside of `declare global`; tagged: the
 *     ranges of statements in which a template has type arguments. Names are
 *     by offset in UTF-16 units; a symbol is the sorted offsets of its declarations
 */
export function expectedNames(path, text) {
    const { program, source } = programOf(path, text);
    const checker = program.getTypeChecker();
    const places = [];
    const starts = new Set();
    visitNames(source, (node) => {
        const place = ts.isStringLiteral(node) ? "declaration" : placeOf(node);
        const start = node.getStart(source);
        if (place !== "none") places.push({ node, place, start });
        if (place === "declaration") starts.add(start);
    });
    const declarations = new Map();
    const references = new Map();
    const parameters = new Set(); // of types
    const globals = new Set();
    for (const { node, place, start } of places) {
        if (place === "declaration") {
            if (ts.isTypeParameterDeclaration(node.parent)) parameters.add(start);
            if (ts.findAncestor(node, isGlobalAugmentation)) globals.add(start);
            const symbol = node.parent.symbol ?? checker.getSymbolAtLocation(node);
            const merged = checker.getMergedSymbol?.(symbol) ?? symbol;
            declarations.set(start, declaredAt(merged, starts, source));
        } else {
            const declared = declaredAt(symbolOf(checker, node), starts, source);
            references.set(start, { declared, flags: flagsOf(node), text: node.text });
        }
    }
    const ok = source.parseDiagnostics.length === 0;
    const tagged = taggedRanges(source);
    return { ok, declarations, references, parameters, globals, tagged };
}
