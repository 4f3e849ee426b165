import type { ReactNode } from "react";

export const Document = ({ children }: { children: ReactNode }) => (
    <html lang="en">
        <head>
            <meta charSet="utf-8" />
            <title>requestInfo</title>
            <link rel="modulepreload" href="/src/client.tsx" />
        </head>
        <body>
            {children}
            <script type="module">import("/src/client.tsx")</script>
        </body>
    </html>
);
