import type { ReactNode } from 'react';

import * as forms from './client/forms';
import Arrow from './client/arrow';
import Call from './client/call';
import Class from './client/class';
import From from './client/from';
import List from './client/list';
import Named from './client/named';
import { Form, Host } from './client/host';
import plainDefault, { plain } from './server/log';
import * as actions from './server/forms';
import * as defaults from './server/defaults';

const components = [
    'Fn',
    'Class',
    'Arrow',
    'Second',
    'Destructured',
    'Nested',
    'Imported',
    'Renamed',
    'string name',
    'Live',
    'Var',
    'Memo',
    'Forward',
    'Lazy',
    'Hidden',
    'Star',
    'ReExported',
    'ReDefault',
    'default',
];

/** What react-server renders, by name. */
export const pages: Record<string, () => unknown> = {
    forms: () =>
        components.map((name) => {
            const Component = (forms as any)[name];
            return <Component key={name} />;
        }),
    defaults: () =>
        [Arrow, Call, Class, From, List, Named].map((Component: any, i) => <Component key={i} />),
    names: () => Object.keys(forms).sort(),
    values: () => <Host value={[forms.Color, forms.value, forms.rest]} />,
    space: () => <Host value={forms.Space} />,
    actions: () => ({
        ...actions,
        Refused: null,
        LIMIT: actions.LIMIT,
        refused: typeof actions.Refused,
    }),
    defaultActions: () => ({ ...defaults }),
    form: () => <Form action={actions.add.bind(null, 40)} />,
    bound: () => ({ add: actions.add.bind(null, 40) }),
    host: () => (
        <Host action={actions.declared}>
            <b>child</b>
        </Host>
    ),
    called: () => (forms.Fn as any)(),
    unregistered: () => <Host action={async () => 1} />,
    plain: () => ({ plain, plainDefault }),
};
