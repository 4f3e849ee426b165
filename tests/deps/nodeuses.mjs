/*
 * Libraries for servers, each used for what it is for. It runs in Node and in the dev server's
 * runtime; the default export is what each gave, and has to be the same in both.
 */

import { once } from 'node:events';
import http from 'node:http';
import { promisify } from 'node:util';

import { S3Client } from '@aws-sdk/client-s3';
import babel from '@babel/core';
import * as grpc from '@grpc/grpc-js';
import { createTRPCClient, httpLink } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import Ajv from 'ajv';
import bcrypt from 'bcryptjs';
import * as cheerio from 'cheerio';
import CryptoJS from 'crypto-js';
import { Effect } from 'effect';
import ejs from 'ejs';
import { execa } from 'execa';
import express from 'express';
import Fastify from 'fastify';
import FormData from 'form-data';
import glob from 'fast-glob';
import got from 'got';
import { buildSchema, graphql } from 'graphql';
import Handlebars from 'handlebars';
import helmet from 'helmet';
import { Hono } from 'hono';
import Redis from 'ioredis';
import Joi from 'joi';
import jwt from 'jsonwebtoken';
import JSZip from 'jszip';
import knex from 'knex';
import Koa from 'koa';
import ky from 'ky';
import * as math from 'mathjs';
import { http as mock, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import nodemailer from 'nodemailer';
import { PDFDocument } from 'pdf-lib';
import pg from 'pg';
import pino from 'pino';
import postcss from 'postcss';
import prettier from 'prettier';
import protobuf from 'protobufjs';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { firstValueFrom, map, of } from 'rxjs';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import Stripe from 'stripe';
import superjson from 'superjson';
import { minify } from 'terser';
import ts from 'typescript';
import { request } from 'undici';
import { createSSRApp } from 'vue';
import { renderToString as renderVue } from 'vue/server-renderer';
import winston from 'winston';
import WebSocket, { WebSocketServer } from 'ws';
import { createActor, createMachine } from 'xstate';
import * as yup from 'yup';
import { z } from 'zod';

/** Runs with a server on a port of its own, and closes it. */
async function serve(handler, use) {
    const server = http.createServer(handler).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
        return await use(`http://127.0.0.1:${server.address().port}`, server);
    } finally {
        server.closeAllConnections();
        server.close();
    }
}

const greet = (_, response) => response.end('{"hello":1}');

const USES = {
    '@aws-sdk/client-s3': async () => {
        const client = new S3Client({ region: 'eu-west-1', credentials: {} });
        return [await client.config.region(), typeof client.send];
    },
    '@babel/core': async () => (await babel.transformAsync('a ?.b', { configFile: false })).code,
    '@grpc/grpc-js': async () => {
        const bytes = { requestSerialize: Buffer.from, requestDeserialize: String };
        const text = { responseSerialize: Buffer.from, responseDeserialize: String };
        const method = { path: '/S/Up', requestStream: false, responseStream: false };
        const service = { up: { ...method, ...bytes, ...text } };
        const server = new grpc.Server();
        server.addService(service, { up: ({ request }, answer) => answer(null, `${request}!`) });
        const insecure = grpc.ServerCredentials.createInsecure();
        const port = await promisify(server.bindAsync.bind(server))('127.0.0.1:0', insecure);
        const Client = grpc.makeGenericClientConstructor(service, 'S');
        const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
        const found = await promisify(client.up.bind(client))('hey');
        client.close();
        server.forceShutdown();
        return found;
    },
    '@trpc/server': () => {
        const t = initTRPC.create();
        const router = t.router({ up: t.procedure.input(z.string()).query(({ input }) => input + '!') });
        const fetch = (url, init) =>
            fetchRequestHandler({ endpoint: '/t', req: new Request(url, init), router, createContext: () => ({}) });
        return createTRPCClient({ links: [httpLink({ url: 'http://x/t', fetch })] }).up.query('hey');
    },
    ajv: () => {
        const check = new Ajv().compile({ type: 'object', required: ['a'] });
        return [check({ a: 1 }), check({}), check.errors[0].message];
    },
    bcryptjs: async () => bcrypt.compare('word', await bcrypt.hash('word', 4)),
    cheerio: () => cheerio.load('<p class=a>x<b>y</b></p>')('.a b').text(),
    'crypto-js': () => CryptoJS.AES.decrypt(CryptoJS.AES.encrypt('m', 'k'), 'k').toString(CryptoJS.enc.Utf8),
    effect: () => Effect.runPromise(Effect.succeed(20).pipe(Effect.map((n) => n + 1))),
    ejs: () => ejs.render('<% for (const n of list) { %><%= n %>;<% } %>', { list: [1, 2] }),
    execa: async () => (await execa('echo', ['out'])).stdout,
    express: () => {
        const app = express().use(helmet()).get('/:id', (q, r) => r.json(q.params));
        return serve(app, async (url) => {
            const response = await fetch(`${url}/5`);
            return [await response.json(), response.headers.get('x-content-type-options')];
        });
    },
    'fast-glob': () => glob('nodeuse*.mjs', { cwd: import.meta.dirname }),
    fastify: async () => {
        const app = Fastify({ logger: false });
        app.post('/', { schema: { body: { type: 'object', required: ['a'] } } }, async (q) => q.body);
        const good = await app.inject({ method: 'POST', url: '/', payload: { a: 1 } });
        const bad = await app.inject({ method: 'POST', url: '/', payload: {} });
        return [good.json(), bad.statusCode];
    },
    'form-data': () => {
        const form = new FormData();
        form.append('a', 'b');
        return form.getBuffer().toString().includes('name="a"');
    },
    got: () => serve(greet, (url) => got(url).json()),
    graphql: async () => {
        const schema = buildSchema('type Query { up(a: Int): Int }');
        const rootValue = { up: ({ a }) => a + 1 };
        return (await graphql({ schema, source: '{ up(a: 2) }', rootValue })).data.up;
    },
    handlebars: () => Handlebars.compile('{{#each list}}<{{this}}>{{/each}}')({ list: ['&', 2] }),
    hono: async () => (await new Hono().get('/a/:b', (c) => c.json(c.req.param())).request('/a/1')).text(),
    ioredis: () => {
        const redis = new Redis({ lazyConnect: true });
        return [redis.status, typeof redis.pipeline().get('a').exec];
    },
    joi: () => Joi.object({ a: Joi.number().min(2) }).validate({ a: 1 }).error.message,
    jsonwebtoken: () => jwt.verify(jwt.sign({ a: 1 }, 'key', { noTimestamp: true }), 'key'),
    jszip: async () => {
        const zip = new JSZip().file('a.txt', 'text');
        const read = await JSZip.loadAsync(await zip.generateAsync({ type: 'nodebuffer' }));
        return read.file('a.txt').async('string');
    },
    knex: () => knex({ client: 'pg' })('t').where({ a: 1 }).orWhereIn('b', [2, 3]).toString(),
    koa: () => {
        const app = new Koa().use((context) => {
            context.body = { path: context.path };
        });
        return serve(app.callback(), async (url) => (await fetch(`${url}/k`)).json());
    },
    ky: () => serve(greet, (url) => ky(url).json()),
    mathjs: () => [math.evaluate('sqrt(3^2 + 4^2)'), math.derivative('x^2', 'x').toString()],
    'msw/node': async () => {
        const server = setupServer(mock.get('http://mock.test/', () => HttpResponse.json({ m: 1 })));
        server.listen();
        const found = await (await fetch('http://mock.test/')).json();
        server.close();
        return found;
    },
    nodemailer: async () => {
        const mail = { from: 'a@x.test', to: 'b@x.test', subject: 'é', text: 't' };
        const sent = await nodemailer.createTransport({ jsonTransport: true }).sendMail(mail);
        return JSON.parse(sent.message).subject;
    },
    'pdf-lib': async () => {
        const document = await PDFDocument.create();
        document.addPage([100, 200]);
        return (await PDFDocument.load(await document.save())).getPage(0).getSize();
    },
    pg: () => [pg.types.getTypeParser(23)('7'), typeof new pg.Pool().connect],
    pino: () => {
        const lines = [];
        pino({ base: null, timestamp: false }, { write: (line) => lines.push(line) }).info({ a: 1 }, 'm');
        return lines;
    },
    postcss: () => postcss([(root) => root.walkDecls((d) => (d.value = 'x'))]).process('a{b:c}', { from: undefined }).css,
    prettier: () => prettier.format('a  =  1', { parser: 'babel' }),
    protobufjs: () => {
        const { root } = protobuf.parse('syntax = "proto3"; message M { string a = 1; }');
        const M = root.lookupType('M');
        return M.decode(M.encode({ a: 'x' }).finish()).a;
    },
    react: () => renderToString(createElement('i', { className: 'c' }, 'text')),
    rxjs: () => firstValueFrom(of(1, 2).pipe(map((n) => n * 10))),
    'socket.io': () =>
        serve(greet, async (url, server) => {
            const sockets = new Server(server);
            sockets.on('connection', (s) => s.on('ask', (n, answer) => answer(n + 1)));
            const client = io(url, { transports: ['websocket'] });
            const found = await client.emitWithAck('ask', 1);
            client.close();
            sockets.close();
            return found;
        }),
    stripe: () => {
        const { webhooks } = new Stripe('sk_test_x');
        const payload = '{"id":"e"}';
        const header = webhooks.generateTestHeaderString({ payload, secret: 's' });
        return webhooks.constructEvent(payload, header, 's').id;
    },
    superjson: () => superjson.parse(superjson.stringify(new Map([[1, new Date(0)]]))).get(1).getTime(),
    terser: async () => (await minify('const value = 1 + 1; console.log(value)', { toplevel: true })).code,
    typescript: () => ts.transpileModule('enum A { b }', { compilerOptions: { module: 99 } }).outputText,
    undici: () => serve(greet, async (url) => (await request(url)).body.json()),
    vue: () => renderVue(createSSRApp({ template: '<i>{{ n }}</i>', data: () => ({ n: 3 }) })),
    winston: () => winston.createLogger({ silent: true, format: winston.format.json() }).level,
    ws: async () => {
        const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
        server.on('connection', (socket) => socket.on('message', (data) => socket.send(`${data}!`)));
        await once(server, 'listening');
        const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
        await once(socket, 'open');
        socket.send('hey');
        const [data] = await once(socket, 'message');
        socket.terminate();
        server.close();
        return String(data);
    },
    xstate: () => {
        const machine = createMachine({ initial: 'a', states: { a: { on: { GO: 'b' } }, b: {} } });
        const actor = createActor(machine).start();
        actor.send({ type: 'GO' });
        return actor.getSnapshot().value;
    },
    yup: () => yup.object({ a: yup.number().required() }).isValid({ a: 'x' }),
    zod: () => z.object({ a: z.coerce.number() }).parse({ a: '4' }),
};

async function outcome(use) {
    try {
        return await use();
    } catch (error) {
        return { error: String(error), stack: error?.stack };
    }
}

const results = {};
for (const [name, use] of Object.entries(USES)) {
    results[name] = await outcome(use);
}

export default results;
