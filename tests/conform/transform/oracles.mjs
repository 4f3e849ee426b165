// What other tools make of a module, with the same options: TypeScript's transpileModule,
// oxc-transform, esbuild. Each answers with code, or with null when it does not take the text.
//
// An option set is { name, args, jsx, dev, define, legacy, verbatim }: args are those of rwgraph.

import esbuild from "esbuild";
import { transformSync } from "oxc-transform";
import ts from "typescript";

/** The language of a file by its name: ts, tsx or jsx. */
export function languageOf(file) {
    return /\.(tsx|jsx)$/.exec(file)?.[1] ?? "ts";
}

/** The option sets that are compared; of factories, that they are expressions. */
export const SETS = [
    { name: "automatic", args: [], jsx: "automatic" },
    { name: "classic", args: ["--jsx=classic"], jsx: "classic" },
    { name: "assigned-fields", args: ["--no-define-fields"], jsx: "automatic", assign: true },
    { name: "verbatim", args: ["--verbatim-module-syntax"], jsx: "automatic", verbatim: true },
    { name: "factory", args: ["--runner"], jsx: "automatic", factory: true },
];

function typescript(text, file, set) {
    const jsx = set.jsx === "classic" ? ts.JsxEmit.React : ts.JsxEmit.ReactJSX;
    const { outputText, diagnostics } = ts.transpileModule(text, {
        fileName: file.replace(/\.[cm]ts$/, ".ts"),
        reportDiagnostics: true,
        compilerOptions: {
            target: ts.ScriptTarget.ESNext,
            module: ts.ModuleKind.ESNext,
            jsx,
            useDefineForClassFields: !set.assign,
            verbatimModuleSyntax: Boolean(set.verbatim),
            removeComments: true,
        },
    });
    const wrong = diagnostics.some((d) => d.category === ts.DiagnosticCategory.Error);
    return wrong ? null : outputText;
}

function oxc(text, file, set) {
    const { code, errors } = transformSync(file, text, {
        lang: languageOf(file),
        sourceType: "module",
        target: "esnext",
        assumptions: { setPublicClassFields: Boolean(set.assign) },
        typescript: {
            onlyRemoveTypeImports: Boolean(set.verbatim),
            removeClassFieldsWithoutInitializer: Boolean(set.assign),
        },
        jsx: { runtime: set.jsx, development: false, pure: false },
    });
    return errors.length ? null : code;
}

function esbuilds(text, file, set) {
    try {
        const { code } = esbuild.transformSync(text, {
            sourcefile: file,
            loader: languageOf(file),
            target: "esnext",
            logLevel: "silent",
            tsconfigRaw: {
                compilerOptions: {
                    useDefineForClassFields: !set.assign,
                    verbatimModuleSyntax: Boolean(set.verbatim),
                    jsx: set.jsx === "classic" ? "react" : "react-jsx",
                },
            },
        });
        return code;
    } catch {
        return null;
    }
}

/** Some damaged code makes TypeScript fail an assertion of its own. */
function careful(oracle) {
    return (...all) => {
        try {
            return oracle(...all);
        } catch {
            return null;
        }
    };
}

/** Name and function of each oracle: (text, file name, option set) → code or null. */
export const ORACLES = { typescript: careful(typescript), oxc, esbuild: esbuilds };
