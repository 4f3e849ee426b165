'use client';

import { type ReactNode, useState } from 'react';
import { declared } from '../server/forms';

/** Shows which props it got, and what kind of thing each is. */
export function Host({
    action,
    value,
    children,
}: {
    action?: any;
    value?: any;
    children?: ReactNode;
}) {
    const [count] = useState(1);
    return (
        <div
            data-action={typeof action}
            data-value={JSON.stringify(value)}
            data-imported={typeof declared}
        >
            {count}
            {children}
        </div>
    );
}

export function Form({ action }: { action: (form: FormData) => Promise<any> }) {
    return (
        <form action={action}>
            <input name="n" defaultValue="2" />
        </form>
    );
}
