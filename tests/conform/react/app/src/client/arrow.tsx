'use client';

export default () => <i>arrow</i>;
