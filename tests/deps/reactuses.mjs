/*
 * Libraries for React, each rendered once with what it is for. A hook that found another React than
 * the one that renders would throw. It runs in a page; the default export is what each showed.
 */

import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { ApolloProvider, useApolloClient } from '@apollo/client/react';
import { css, Global, ThemeProvider } from '@emotion/react';
import emotion from '@emotion/styled';
import { useFloating } from '@floating-ui/react';
import { Switch } from '@headlessui/react';
import MuiButton from '@mui/material/Button';
import * as Dialog from '@radix-ui/react-dialog';
import { configureStore, createSlice } from '@reduxjs/toolkit';
import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Button as AntButton } from 'antd';
import { useSelect } from 'downshift';
import { Field, Formik } from 'formik';
import i18next from 'i18next';
import { atom, useAtom } from 'jotai';
import { Camera } from 'lucide-react';
import { motion } from 'motion/react';
import { createElement as h, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { useForm } from 'react-hook-form';
import { initReactI18next, useTranslation } from 'react-i18next';
import { Provider, useSelector } from 'react-redux';
import { MemoryRouter, Route, Routes, useParams } from 'react-router';
import Select from 'react-select';
import { Line, LineChart } from 'recharts';
import styled from 'styled-components';
import useSWR from 'swr';
import { proxy, useSnapshot } from 'valtio';
import { create } from 'zustand';

const BLUE = 'rgb(0, 0, 255)';

const slice = createSlice({ name: 'n', initialState: 3, reducers: {} });
const store = configureStore({ reducer: { n: slice.reducer } });
const useBear = create(() => ({ bears: 4 }));
const count = atom(5);
const state = proxy({ n: 6 });
const Painted = emotion.i`color: ${({ theme }) => theme.color};`;
const Styled = styled.i`
    color: ${BLUE};
`;
const apollo = new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.empty() });

await i18next.use(initReactI18next).init({
    lng: 'en',
    resources: { en: { translation: { hello: 'translated' } } },
});

/** A component that is made of one hook. */
const hook = (use) => h(() => use());

/** name → [what is rendered, what has to be in its HTML] */
const USES = {
    '@apollo/client': [
        h(ApolloProvider, { client: apollo }, hook(() => String(useApolloClient() === apollo))),
        'true',
    ],
    '@emotion/react': [
        h('b', null, h(Global, { styles: css`u { color: ${BLUE}; }` }), h('u', null, 'global')),
        'global',
    ],
    '@emotion/styled': [
        h(ThemeProvider, { theme: { color: BLUE } }, h(Painted, null, 'painted')),
        'painted',
    ],
    '@floating-ui/react': [hook(() => typeof useFloating().refs.setFloating), 'function'],
    '@headlessui/react': [h(Switch, { checked: true, onChange() {} }), 'aria-checked="true"'],
    '@mui/material': [h(MuiButton, { variant: 'contained' }, 'mui'), 'MuiButton-contained'],
    '@radix-ui/react-dialog': [
        h(Dialog.Root, null, h(Dialog.Trigger, null, 'open')),
        'aria-haspopup="dialog"',
    ],
    '@tanstack/react-query': [
        h(
            QueryClientProvider,
            { client: new QueryClient() },
            hook(() => useQuery({ queryKey: ['k'], queryFn: () => 1, initialData: 'data' }).data),
        ),
        'data',
    ],
    '@tanstack/react-virtual': [
        hook(() => {
            const parent = useRef(null);
            const options = { count: 9, getScrollElement: () => parent.current };
            return String(useVirtualizer({ ...options, estimateSize: () => 10 }).getTotalSize());
        }),
        '90',
    ],
    antd: [h(AntButton, { type: 'primary' }, 'antd'), 'ant-btn-primary'],
    downshift: [hook(() => String(useSelect({ items: [1] }).isOpen)), 'false'],
    formik: [
        h(Formik, { initialValues: { a: 'value' }, onSubmit() {} }, () => h(Field, { name: 'a' })),
        'value="value"',
    ],
    jotai: [hook(() => String(useAtom(count)[0])), '5'],
    'lucide-react': [h(Camera), 'lucide-camera'],
    motion: [h(motion.i, { initial: false, animate: { x: 1 } }, 'moved'), 'moved'],
    'react-hook-form': [hook(() => h('input', useForm().register('named'))), 'name="named"'],
    'react-i18next': [hook(() => useTranslation().t('hello')), 'translated'],
    'react-redux': [h(Provider, { store }, hook(() => String(useSelector(({ n }) => n)))), '3'],
    'react-router': [
        h(
            MemoryRouter,
            { initialEntries: ['/at/7'] },
            h(Routes, null, h(Route, { path: '/at/:id', element: hook(() => useParams().id) })),
        ),
        '7',
    ],
    'react-select': [h(Select, { placeholder: 'choose' }), 'choose'],
    recharts: [
        h(
            LineChart,
            { width: 90, height: 90, data: [{ y: 1 }, { y: 2 }] },
            h(Line, { dataKey: 'y', isAnimationActive: false }),
        ),
        'recharts-surface',
    ],
    'styled-components': [h(Styled, null, 'styled'), 'styled'],
    swr: [hook(() => useSWR('key', null, { fallbackData: 'fallback' }).data), 'fallback'],
    valtio: [hook(() => String(useSnapshot(state).n)), '6'],
    zustand: [hook(() => String(useBear(({ bears }) => bears))), '4'],
    react: [hook(() => useState('own')[0]), 'own'],
};

/** What is wrong with one of them, or "" when it shows what it should. */
function show(element, expected) {
    const container = document.body.appendChild(document.createElement('div'));
    let problem = '';
    const onUncaughtError = (error) => {
        problem = String(error);
    };
    flushSync(() => createRoot(container, { onUncaughtError }).render(element));
    const html = container.innerHTML;
    return problem || (html.includes(expected) ? '' : `it shows ${html}`);
}

const problems = Object.entries(USES)
    .map(([name, [element, expected]]) => [name, show(element, expected)])
    .filter(([, problem]) => problem);

const colors = [...document.querySelectorAll('i')]
    .filter(({ textContent }) => ['painted', 'styled'].includes(textContent))
    .map((node) => getComputedStyle(node).color);

export default { problems: Object.fromEntries(problems), colors };
